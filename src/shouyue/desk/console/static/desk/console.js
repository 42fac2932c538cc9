// What the console does in the browser beyond htmx: shortcuts, dialogs, and the compose box. No page needs it to be read.
"use strict";

const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));

// ---- shortcuts: "/" finds, "?" lists, "g" then a letter goes to a place ----
let leader = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
    event.preventDefault();
  } else if (event.key === "/") {
    document.getElementById("find")?.focus();
    event.preventDefault();
  } else if (event.key === "g") {
    leader = event.timeStamp;
  } else if (leader && event.timeStamp - leader < 1500) {
    leader = 0;
    const place = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (place) place.click();
  } else if (event.key === "j" || event.key === "k") {
    const rows = [...document.querySelectorAll("[data-row]")];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))]?.querySelector("a,button")?.focus();
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("details.who[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  // "use this wording instead": put the approved words into the compose box
  const use = event.target.closest("[data-use]");
  if (use) {
    const box = document.getElementById("text");
    if (box) {
      box.value = use.dataset.use;
      const script = document.getElementById("script");
      if (script) script.value = use.dataset.script || "";
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.focus();
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.who[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// ---- a long list is narrowed by typing ----
document.addEventListener("input", (event) => {
  const list = event.target.dataset?.filter && document.getElementById(event.target.dataset.filter);
  if (!list) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const row of list.children) row.hidden = !row.textContent.toLowerCase().includes(wanted);
});

// ---- compose: underlines lie behind the words; they are hidden while they are older than the words ----
document.addEventListener("input", (event) => {
  if (event.target.id !== "text") return;
  const marks = document.getElementById("marks");
  if (marks && marks.dataset.of !== event.target.value) marks.classList.add("stale");
  const script = document.getElementById("script");
  if (script && event.isTrusted) script.value = "";
});
document.addEventListener("scroll", (event) => {
  if (event.target.id !== "text") return;
  const marks = document.getElementById("marks");
  if (marks) marks.scrollTop = event.target.scrollTop;
}, true);
document.addEventListener("keydown", (event) => {
  if (event.target.id === "text" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.target.form?.querySelector("button[data-send]:not([disabled])")?.click();
  }
});

// a refused form (422) is shown like any other answer; a lost session reloads into the sign-in page
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:responseError", () => {
  const line = document.getElementById("offline");
  if (line) line.hidden = false;
});
document.addEventListener("htmx:sendError", () => {
  const line = document.getElementById("offline");
  if (line) line.hidden = false;
});
document.addEventListener("htmx:afterRequest", (event) => {
  const line = document.getElementById("offline");
  if (line && event.detail.successful) line.hidden = true;
});
// what polls does not take away a form in which somebody writes
document.addEventListener("htmx:beforeRequest", (event) => {
  const asks = event.detail.elt;
  if (asks.id === "conversation" && asks.contains(document.activeElement) && typing(document.activeElement)) event.preventDefault();
});
// keyboard focus follows what a swap put there
document.addEventListener("htmx:afterSwap", (event) => {
  event.detail.target.querySelector?.("[autofocus]")?.focus();
});
