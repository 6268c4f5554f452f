"""The services of docker-compose.yml as plain processes: their commands, environment and mounts.

What a container would add (its own file system, user, network, limits) is not there: each service
gets a folder that holds exactly what the file mounts into it, and addresses become loopback's.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::-([^}]*))?\})")


def read_compose(environment: Mapping[str, str]) -> dict[str, Any]:
    """docker-compose.yml with the variables of `environment` (the file .env) put in."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    filled: dict[str, Any] = _filled(yaml.safe_load(text), environment)
    return filled


def _filled(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, environment) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, environment) for one in value]
    if isinstance(value, str):
        return _VARIABLE.sub(
            lambda found: found[1] or environment.get(found[2]) or found[3] or "", value
        )
    return value


def read_dockerfile() -> list[list[tuple[str, str]]]:
    """The stages of the Dockerfile, each a list of instruction and argument."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    stages: list[list[tuple[str, str]]] = []
    for line in re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).splitlines():
        name, _, rest = line.partition(" ")
        if name == "FROM":
            stages.append([])
        stages[-1].append((name, rest.strip()))
    return stages


def image_environment() -> dict[str, str]:
    """What ENV of the last stage says."""
    words = [word for name, rest in read_dockerfile()[-1] if name == "ENV"
             for word in shlex.split(rest)]  # fmt: skip
    return dict(word.split("=", 1) for word in words)


def image_command(name: str) -> list[str]:
    """ENTRYPOINT, or the command of HEALTHCHECK, of the last stage."""
    rest = next(rest for one, rest in read_dockerfile()[-1] if one == name)
    command: list[str] = json.loads(rest[rest.index("[") :])
    return command


@dataclass(frozen=True)
class Stage:
    """Where the services play: the folder of it all, and container port -> port on loopback."""

    folder: Path
    ports: Mapping[int, int]
    file: Mapping[str, Any]

    def place(self, service: str) -> Path:
        """The folder that stands for the service's file system, its mounts as links."""
        place = self.folder / "containers" / service
        for target, source in self._mounts(service).items():
            if not source.exists():
                source.mkdir(parents=True)
            link = place / target.lstrip("/")
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink():
                link.symlink_to(source)
        return place

    def _mounts(self, service: str) -> dict[str, Path]:
        about = self.file["services"][service]
        mounts = {f"/run/secrets/{name}": self.folder / self.file["secrets"][name]["file"]
                  for name in about.get("secrets", ())}  # fmt: skip
        for volume in about.get("volumes", ()):
            name, target = volume.split(":")[:2]
            source = name if name.startswith("./") else f"volumes/{name}"
            mounts[target] = self.folder / source
        return mounts

    def here(self, service: str, text: str) -> str:
        """A value of the service's as it is on this machine."""
        place = self.place(service)
        for target in ["/run/secrets", "/data", *self._mounts(service)]:
            text = re.sub(rf"(?<![\w./]){target}(?=[/\s\"':]|$)", f"{place}{target}", text)
        text = re.sub(r"(?<=[@/])(postgres|elasticsearch)(?=:\d)|\b0\.0\.0\.0\b", "127.0.0.1", text)
        for port, here in self.ports.items():
            text = re.sub(rf"(?<=:){port}\b|^{port}$", str(here), text)
        return text

    def environment(self, service: str) -> dict[str, str]:
        """What the process of a service sees: its own, and for services of ours the image's."""
        about = self.file["services"][service]
        given = {**(image_environment() if about["image"] == "baqylau" else {}),
                 **about.get("environment", {})}  # fmt: skip
        found = {name: self.here(service, str(value)) for name, value in given.items()}
        (self.place(service) / "data").mkdir(parents=True, exist_ok=True)
        path = os.pathsep.join([str(self.folder / "bin"), str(Path(sys.executable).parent)])
        return {**found, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}

    def command(self, service: str, instead: Sequence[str] = ()) -> list[str]:
        """What the container would run; `instead` of its own command, as `compose run` has it."""
        about = self.file["services"][service]
        entry = about.get("entrypoint")
        if entry is None:
            entry = image_command("ENTRYPOINT") if about["image"] == "baqylau" else []
        return [self.here(service, word) for word in [*entry, *(instead or about["command"])]]

    def start(
        self, service: str, log: Path, instead: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """A process of the service; what it says goes into `log`."""
        with log.open("ab") as file:
            return subprocess.Popen(self.command(service, instead), env=self.environment(service),
                                    cwd=self.place(service), stdout=file, stderr=file)  # fmt: skip

    def run(self, service: str, log: Path, instead: Sequence[str] = ()) -> int:
        """Start a service that ends by itself; its exit status."""
        return self.start(service, log, instead).wait(120)

    def is_healthy(self, service: str) -> bool:
        """The health check of a service, run as its container would."""
        check = self.file["services"][service].get("healthcheck")
        words: Sequence[str] = check["test"] if check else ["CMD", *image_command("HEALTHCHECK")]
        command = [self.here(service, word) for word in words[1:]]
        if words[0] == "CMD-SHELL":
            command = ["/bin/sh", "-c", *command]
        environment = self.environment(service)
        done = subprocess.run(
            command, env=environment, check=False, capture_output=True, timeout=30
        )
        return done.returncode == 0
