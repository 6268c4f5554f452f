"""What docker-compose.yml and the Dockerfile promise, read from these very files, one by one.

No container is started: tests/test_compose_run.py starts the commands as plain processes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

from config.settings import variables
from core.store.dialect import OLDEST_POSTGRESQL
from tests.services.containers import (
    ROOT,
    image_command,
    image_environment,
    read_compose,
    read_dockerfile,
)

FILE = read_compose({})
SERVICES: dict[str, Any] = FILE["services"]
OURS = {name for name, about in SERVICES.items() if about["image"] == "baqylau"}
ONCE = {"certs", "migrate"}
SERVERS = {"postgres", "elasticsearch"}


def each_service() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", sorted(SERVICES))


def test_the_services_are_those_of_the_design() -> None:
    assert {"api", "crawl", "work", "migrate"} == OURS
    assert set(SERVICES) == OURS | SERVERS | {"certs"}
    assert {name: SERVICES[name]["command"] for name in OURS} == {
        "api": ["serve"], "crawl": ["crawl"], "work": ["work"], "migrate": ["migrate"],
    }  # fmt: skip


# --- what is open --------------------------------------------------------------------------------


def test_nothing_is_published_but_the_page_on_loopback() -> None:
    published = {name: about["ports"] for name, about in SERVICES.items() if "ports" in about}
    assert published == {"api": ["127.0.0.1:8000:8000"]}
    assert not any("expose" in about for about in SERVICES.values())


def test_who_holds_the_truth_has_no_way_out_and_the_crawler_has_one() -> None:
    networks = FILE["networks"]
    for name in SERVERS | {"migrate", "work"}:
        assert all(networks[one]["internal"] for one in SERVICES[name]["networks"])
    assert SERVICES["certs"]["network_mode"] == "none"
    for name in ("api", "crawl"):
        assert any(not networks[one].get("internal") for one in SERVICES[name]["networks"])


@each_service()
def test_a_service_reaches_the_hosts_that_its_settings_name(name: str) -> None:
    about = SERVICES[name]
    for value in about.get("environment", {}).values():
        for host in re.findall(r"(?<=[@/])(\w+)(?=:\d)", str(value)):
            assert set(about["networks"]) & set(SERVICES[host]["networks"]), host


# --- what a process may do ------------------------------------------------------------------------


@each_service()
def test_every_service_lost_its_privileges(name: str) -> None:
    about = SERVICES[name]
    assert about["cap_drop"] == ["ALL"]
    assert "cap_add" not in about
    assert about["security_opt"] == ["no-new-privileges:true"]
    assert not about.get("privileged")
    assert not any("docker.sock" in volume for volume in about.get("volumes", ()))


@each_service()
def test_no_service_runs_as_root_but_the_one_that_makes_certificates_without_a_network(
    name: str,
) -> None:
    user = str(SERVICES[name].get("user", ""))
    if name == "certs":
        assert user == "0:0"
    elif name in OURS:
        assert not user  # the image's, see below
    else:  # elasticsearch's image has a user of its own
        assert user == ("postgres" if name == "postgres" else "")


@pytest.mark.parametrize("name", sorted(OURS | {"postgres"}))
def test_the_root_file_system_is_read_only_and_tmp_is_small(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert any(re.fullmatch(r"/tmp:size=\d+m,mode=1777", one) for one in SERVICES[name]["tmpfs"])


@each_service()
def test_every_service_has_limits(name: str) -> None:
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])
    assert SERVICES[name].get("pids_limit", 0) > 0 or name == "certs"
    assert SERVICES[name]["logging"]["options"] == {"max-size": "10m", "max-file": "5"}


def test_work_can_be_scaled() -> None:
    assert not any("container_name" in about for about in SERVICES.values())
    assert not {"ports", "hostname"} & set(SERVICES["work"])
    options = dict(
        word.split("=") for word in SERVICES["postgres"]["command"] if re.search(r"=\d", word)
    )
    assert int(options["max_connections"]) >= 10 * 20 + 20  # ten processes with their 20 each


# --- how they start and stay ----------------------------------------------------------------------


@each_service()
def test_one_shots_run_once_and_the_others_are_restarted(name: str) -> None:
    assert SERVICES[name]["restart"] == ("no" if name in ONCE else "unless-stopped")


def test_health_is_checked_by_what_each_cannot_do_without() -> None:
    checks = {name: about.get("healthcheck") for name, about in SERVICES.items()}
    assert checks["api"] is None  # the image's
    assert "http://127.0.0.1:8000/readyz" in " ".join(image_command("HEALTHCHECK"))
    assert checks["postgres"]["test"][:2] == ["CMD", "pg_isready"]
    shell = checks["elasticsearch"]["test"][1]
    assert "/_cluster/health?" in shell
    assert "--cacert /ca/ca.crt" in shell
    assert "/run/secrets/elastic_password" in shell
    for name in ("crawl", "work"):
        assert "http://127.0.0.1:9100/readyz" in checks[name]["test"][-1]
        assert SERVICES[name]["environment"][f"BAQYLAU_{name.upper()}_METRICS"] == "0.0.0.0:9100"
    for name in SERVERS | {"crawl", "work"}:
        assert {"interval", "timeout", "retries", "start_period"} <= set(checks[name])


def test_they_start_in_order() -> None:
    done, healthy = "service_completed_successfully", "service_healthy"
    needs = {
        name: {one: how["condition"] for one, how in about.get("depends_on", {}).items()}
        for name, about in SERVICES.items()
    }
    assert needs == {
        "postgres": {}, "certs": {},
        "elasticsearch": {"certs": done},
        "migrate": {"postgres": healthy},
        "api": {"migrate": done, "elasticsearch": healthy},
        "crawl": {"migrate": done},
        "work": {"migrate": done, "elasticsearch": healthy},
    }  # fmt: skip


# --- what they are told ---------------------------------------------------------------------------


def test_secrets_are_files_outside_git_and_outside_the_image() -> None:
    assert set(FILE["secrets"]) == {"postgres_password", "elastic_password"}
    for name, about in FILE["secrets"].items():
        assert about == {"file": f"./secrets/{name}"}
        git = ["git", "check-ignore", "-q", f"secrets/{name}"]
        if (ROOT / ".git").exists():
            assert subprocess.run(git, cwd=ROOT, check=False).returncode == 0


@each_service()
def test_no_password_stands_in_an_environment(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        assert "PASSWORD" not in key or str(value).startswith("/run/secrets/"), key
        assert not re.search(r"//[^/@]*:[^/@]*@", str(value)), key


@each_service()
def test_a_service_has_the_files_that_its_settings_name_and_no_other_secret(name: str) -> None:
    about = SERVICES[name]
    mounts = [volume.split(":")[1] for volume in about.get("volumes", ())]
    mounts += [f"/run/secrets/{secret}" for secret in about.get("secrets", ())]
    said = json.dumps([about.get(key) for key in ("environment", "command", "healthcheck")])
    for value in about.get("environment", {}).values():
        if str(value).startswith("/"):
            assert any(value == one or value.startswith(f"{one}/") for one in mounts), value
    for secret in about.get("secrets", ()):
        assert f"/run/secrets/{secret}" in said, f"{name} does not need {secret}"


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_setting_exists(name: str) -> None:
    given = {**image_environment(), **SERVICES[name]["environment"]}
    assert {one for one in given if one.startswith("BAQYLAU_")} <= set(variables())


def test_what_the_guide_says_of_env_reaches_a_service() -> None:
    said = set(re.findall(r"BAQYLAU_[A-Z_]+", (ROOT / "docs" / "operations.md").read_text()))
    raw = (ROOT / "docker-compose.yml").read_text()
    passed = set(re.findall(r"\$\{(BAQYLAU_\w+):-", raw))
    assert said <= set(variables())
    # Of another Elasticsearch: who has one of their own edits the file.
    assert said - passed == {"BAQYLAU_INDEX_USER", "BAQYLAU_INDEX_API_KEY_FILE",
                             "BAQYLAU_CRAWL_METRICS", "BAQYLAU_WORK_METRICS"}  # fmt: skip


def test_evidence_is_written_by_the_crawler_and_read_by_the_page() -> None:
    assert "warc:/data/warc" in SERVICES["crawl"]["volumes"]
    assert "warc:/data/warc:ro" in SERVICES["api"]["volumes"]
    assert image_environment()["BAQYLAU_DATA"] == "/data"


def test_every_named_volume_is_used_and_the_data_lie_in_one() -> None:
    used = {volume.split(":")[0] for about in SERVICES.values()
            for volume in about.get("volumes", ()) if not volume.startswith("./")}  # fmt: skip
    assert used == set(FILE["volumes"])
    # From 18 on the image keeps its data below this folder, in one for each version.
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    version = int(SERVICES["postgres"]["image"].split(":")[1])
    assert version >= max(18, OLDEST_POSTGRESQL)


# --- the image ------------------------------------------------------------------------------------


def test_images_have_plain_names_with_a_version() -> None:
    images = [about["image"] for about in SERVICES.values() if about["image"] != "baqylau"]
    images += [rest.split()[0] for stage in read_dockerfile() for one, rest in stage
               if one == "FROM"]  # fmt: skip
    assert set(images) == {"postgres:18", "elasticsearch:8.19.21", "python:3.11-slim"}


def test_the_image_is_built_in_stages_from_locked_packages_for_a_user_who_is_not_root() -> None:
    build, last = read_dockerfile()
    runs = " ".join(rest for name, rest in build if name == "RUN")
    assert "uv pip sync --require-hashes requirements/run.txt" in runs
    assert "uv pip install --no-deps ." in runs
    assert [rest for name, rest in last if name == "COPY"] == [
        "--from=build /opt/baqylau /opt/baqylau"
    ]
    assert next(rest for name, rest in last if name == "USER") == "10001:10001"
    assert image_command("ENTRYPOINT") == ["baqylau"]
    assert not any(name == "ADD" or "http" in rest for name, rest in last if name == "RUN")


def test_the_builder_sees_what_the_image_needs_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert all((ROOT / one).exists() for one in let_in)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    files = {"pyproject.toml", "README.md", "LICENSE", "requirements/run.txt"}
    assert let_in == files | set(packages)


# --- as docker-compose reads it -------------------------------------------------------------------


def test_docker_compose_reads_the_file_as_we_do() -> None:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("needs docker-compose")
    asked = {"BAQYLAU_PORT": "8123", "BAQYLAU_SOURCES": "kz,/local/mine.yml"}
    done = subprocess.run([program, "-f", str(ROOT / "docker-compose.yml"), "config"], check=False,
                          env={"PATH": os.environ["PATH"], **asked},
                          cwd=ROOT, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "WARN" not in done.stderr
    theirs = yaml.safe_load(done.stdout)["services"]
    ours = read_compose(asked)["services"]
    assert set(theirs) == set(ours)
    for name, about in ours.items():
        assert theirs[name].get("environment", {}) == about.get("environment", {})
        said = [word.replace("$$", "$") for word in theirs[name].get("command", [])]
        assert said == about.get("command", [])
    (published,) = theirs["api"]["ports"]  # a text or a mapping, by version
    assert all(part in str(published) for part in ("127.0.0.1", "8123", "8000"))
