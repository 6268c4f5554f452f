// A little help for people who review all day: "/" to search, j and k from card to card, Enter to
// open. Every page works without it.
"use strict";

(() => {
  const typing = (element) =>
    element.matches("input, textarea, select, [contenteditable]");

  const step = (by) => {
    const cards = [...document.querySelectorAll(".card")];
    if (!cards.length) return;
    const here = cards.findIndex((card) => card.contains(document.activeElement));
    const next = here < 0 ? (by > 0 ? 0 : cards.length - 1) : here + by;
    const card = cards[Math.min(Math.max(next, 0), cards.length - 1)];
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
      const search = document.getElementById("q");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (event.key === "j" || event.key === "о") {
      step(1);
    } else if (event.key === "k" || event.key === "л") {
      step(-1);
    } else if (event.key === "Enter" && event.target.matches(".card")) {
      event.target.querySelector("a.open")?.click();
    }
  });
})();
