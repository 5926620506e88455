"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  const said = one("said");

  // Whatever a link leads to must be visible, however deep it is folded.
  const reveal = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
  };
  const follow = () => {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    const there = one(name);
    if (!there) return;
    if (there.closest("[hidden]")) reset();
    reveal(there);
    there.scrollIntoView();
    const focus = there.matches("details") ? there.querySelector("summary") : there;
    if (!focus.hasAttribute("tabindex") && focus.tagName !== "SUMMARY") focus.tabIndex = -1;
    focus.focus({ preventScroll: true });
  };

  // Copy.  Where the clipboard is out of reach, the text is selected for Ctrl-C.
  const copy = async (button) => {
    const code = button.parentElement.querySelector("code");
    let done = false;
    try {
      await navigator.clipboard.writeText(code.textContent);
      done = true;
    } catch {
      getSelection().selectAllChildren(code);
      try { done = document.execCommand("copy"); } catch { done = false; }
    }
    button.textContent = done ? "Copied" : "Selected";
    said.textContent = done ? "Copied" : "Selected: copy it with the keyboard";
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
  };
  for (const button of all(".copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }

  // Filter.
  const tools = document.querySelector(".tools");
  const find = one("find"), group = one("group"), shown = one("shown");
  const buttons = all("[data-show]");
  const checks = all("[data-status]").map((element) => ({
    element,
    standings: element.dataset.status.split(" "),
    group: element.dataset.group,
    text: element.textContent.toLowerCase(),
    compares: Boolean(element.closest(".matrix")),
  }));
  const holders = all("[data-holds]").reverse();  // the inner ones first
  const counted = document.querySelector(".matrix") ? ".matrix [data-status]" : "[data-count]";
  const folded = new Map();
  let standing = "";

  const filter = () => {
    const text = find.value.trim().toLowerCase();
    const active = Boolean(text || standing || group.value);
    for (const check of checks) {
      check.element.hidden = !(
        (!standing || check.standings.includes(standing) ||
          (standing === "differs" && !check.compares)) &&
        (!group.value || check.group === group.value) &&
        (!text || check.text.includes(text))
      );
    }
    for (const holder of holders) {
      const inside = all("[data-status]", holder);
      const any = inside.some((element) => !element.hidden);
      holder.hidden = active && !any;
      if (holder.tagName === "DETAILS") {
        if (active && any) {
          if (!folded.has(holder)) folded.set(holder, holder.open);
          holder.open = true;
        } else if (!active && folded.has(holder)) {
          holder.open = folded.get(holder);
          folded.delete(holder);
        }
      }
    }
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.show === standing));
    }
    const rows = all(counted);
    const left = rows.filter((row) => !row.hidden).length;
    shown.textContent = active ? `${left} of ${rows.length} checks` : `${rows.length} checks`;
  };
  const reset = () => { find.value = ""; group.value = ""; standing = ""; filter(); };
  if (tools) {
    tools.hidden = false;
    for (const button of buttons) {
      button.addEventListener("click", () => {
        standing = button.dataset.show === standing ? "" : button.dataset.show;
        filter();
      });
    }
    find.addEventListener("input", filter);
    group.addEventListener("change", filter);
  }

  // Keys.
  const go = (step) => {
    const stops = all("[data-stop]").filter((stop) => !stop.hidden);
    if (!stops.length) return;
    const here = document.activeElement && document.activeElement.closest("[data-stop]");
    let at = stops.indexOf(here);
    at = at < 0 ? (step > 0 ? 0 : stops.length - 1) : (at + step + stops.length) % stops.length;
    const next = stops[at];
    reveal(next);
    next.focus({ preventScroll: true });
    next.scrollIntoView();
    said.textContent = `${at + 1} of ${stops.length}`;
  };
  const actions = { n: () => go(1), j: () => go(1), p: () => go(-1), k: () => go(-1) };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target === find) { reset(); find.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    if (!tools || !one("keys").checked) return;
    if (event.key === "/") { event.preventDefault(); find.focus(); }
    else if (Object.hasOwn(actions, event.key)) { event.preventDefault(); actions[event.key](); }
  });

  // Paper cannot be unfolded.
  const unfolded = [];
  addEventListener("beforeprint", () => {
    for (const details of all("details:not([open])")) { details.open = true; unfolded.push(details); }
  });
  addEventListener("afterprint", () => {
    for (const details of unfolded.splice(0)) details.open = false;
  });

  addEventListener("hashchange", follow);
  if (location.hash) follow();
})();
