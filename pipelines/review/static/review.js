/* Keys and jumps. Whatever this does, a page also does without it; nothing is kept.

   data-key="a"      the key that presses it (link, button, summary), enters it (field) or sends it
                     (form); named in the sheet of keys by data-key-name, aria-label or its words
                     what stands in a row is meant where that row has the focus
   data-ticked="n"   on a button: pressed by its key while no box of that name is ticked, it is for
                     the row that has the focus
   data-row          the link or button of a row; j and k go from one to the next, Enter opens it
   data-span="id …"  on a link to a span of a document: the spans it shows there
   data-first        in what a summary hides: where one goes on once it is open
   data-opens="id"   on a button: opens that dialog */
"use strict";

const FIELDS = "input:not([type=hidden], [type=checkbox], [type=radio], [type=button], [type=submit], [type=reset]), textarea, select, [contenteditable=''], [contenteditable=true]";
const ROW = "tr, li:has([data-row])";
const FULL_WIDTH = { "？": "?", "／": "/", "、": "/", "【": "[", "】": "]" };
let origin = null;

const inView = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
const room = () => document.querySelector("dialog[open]") ?? document;
const all = (selector) => [...room().querySelectorAll(selector)].filter(inView);
const typing = (element) => element instanceof Element && element.matches(FIELDS);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return send(event);
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") return leave(event);
  if (typing(event.target)) return;
  const key = FULL_WIDTH[event.key] ?? event.key;
  const done = press(key) || (key === "j" && step(1)) || (key === "k" && step(-1));
  if (done) event.preventDefault();
});

/** Press, enter or send what has a key; false where nothing has it. */
function press(key) {
  const keyed = all("[data-key]").filter((element) => element.dataset.key === key);
  const row = document.activeElement?.closest(ROW) ?? null;
  const found = keyed.find((element) => element.closest(ROW) === row) ?? keyed.find((element) => !element.closest(ROW));
  if (!found) return false;
  if (found.dataset.ticked) tick(found, row);
  if (found.matches("form")) found.requestSubmit();
  else if (found.matches(FIELDS)) enter(found);
  else if (found.matches("summary")) unfold(found.parentElement);
  else found.click();
  return true;
}

/** With no row ticked, what is done to the ticked ones is done to the one that has the focus. */
function tick(button, row) {
  const boxes = all("input[type=checkbox]").filter((box) => box.name === button.dataset.ticked);
  const own = boxes.find((box) => row?.contains(box));
  if (own && !boxes.some((box) => box.checked)) own.checked = true;
}

function enter(field) {
  field.focus();
  field.select?.();
}

/** Open what a summary hides, and stand where one goes on; close it where it is open. */
function unfold(details) {
  details.open = !details.open;
  const first = details.querySelector("[data-first]") ?? details.querySelector(FIELDS) ?? details.querySelector(".sheet button");
  (details.open && first ? first : details.querySelector("summary")).focus();
}

/** Go to the row after or before the one that has the focus. */
function step(by) {
  const rows = all("[data-row]");
  if (by < 0) rows.reverse();
  const here = document.activeElement?.matches("mark") && origin ? origin : document.activeElement;
  const beyond = by > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
  const within = here?.closest(ROW)?.querySelector("[data-row]");
  const from = within ?? here;
  const next = !from || from === document.body ? rows[0] : rows.find((row) => from.compareDocumentPosition(row) & beyond && !row.contains(from));
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return rows.length > 0;
}

/** Ctrl and Enter send what is being written. */
function send(event) {
  const form = typing(event.target) ? event.target.form : null;
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button:not([type=button])"));
}

/** Esc goes one step out: of a field, of what is unfolded, back to the sentence. A dialog closes by itself. */
function leave(event) {
  if (document.querySelector("dialog[open]")) return;
  const open = document.activeElement?.closest("details[open]") ?? document.querySelector(".menu[open], .act[open]");
  if (open?.matches(".menu, .act")) {
    open.open = false;
    open.querySelector("summary").focus();
  } else if (typing(event.target)) event.target.blur();
  else if (origin?.isConnected) {
    origin.focus();
    origin = null;
  } else return;
  event.preventDefault();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-span]");
  const opener = event.target.closest?.("[data-opens]");
  if (link && !event.ctrlKey && !event.metaKey && show(link)) event.preventDefault();
  if (opener) openKeys(document.getElementById(opener.dataset.opens));
  for (const menu of document.querySelectorAll(".menu[open], .act[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

/** Show the spans a sentence rests on, and stand at the first of them. */
function show(link) {
  const spans = link.dataset.span.split(" ").map((id) => document.getElementById(id)).filter(Boolean);
  if (!spans.length) return false;
  for (const shown of document.querySelectorAll("mark.shown")) shown.classList.remove("shown");
  for (const span of spans) span.classList.add("shown");
  for (let fold = spans[0].closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  origin = link;
  spans[0].tabIndex = -1;
  spans[0].focus({ preventScroll: true });
  reveal(spans[0]);
  return true;
}

/** Scroll a span into the middle of its pane; the page moves only as far as it has to. */
function reveal(span) {
  const pane = span.closest(".documents");
  if (!pane || pane.scrollHeight <= pane.clientHeight + 1) return span.scrollIntoView({ block: "center" });
  const offset = span.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  pane.scrollTo({ top: pane.scrollTop + offset - pane.clientHeight / 3 });
  pane.scrollIntoView({ block: "nearest" });
}

/** Fill the sheet of keys with what the page has now, and open it. */
function openKeys(sheet) {
  const list = sheet.querySelector("[data-keys-here]");
  const seen = new Set(["?"]);
  const keyed = all("[data-key]").filter(({ dataset }) => !seen.has(dataset.key) && seen.add(dataset.key));
  list.replaceChildren(...keyed.map(line));
  list.parentElement.hidden = keyed.length === 0;
  sheet.querySelector("[data-keys-rows]").hidden = all("[data-row]").length === 0;
  sheet.showModal();
}

function line(element) {
  const [row, key, words, cap] = ["div", "dt", "dd", "kbd"].map((tag) => document.createElement(tag));
  cap.textContent = element.dataset.key;
  words.textContent = named(element);
  key.append(cap);
  row.append(key, words);
  return row;
}

/** What an element is called: by its own name, its label, or its words without the key. */
function named(element) {
  const told = element.dataset.keyName ?? element.ariaLabel;
  if (told) return told;
  const words = (element.labels?.[0] ?? element).cloneNode(true);
  for (const key of words.querySelectorAll("kbd, .count")) key.remove();
  return words.textContent.trim().replace(/\s+/g, " ");
}

/* A second press on a slow line must not send a form twice. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("method") === "dialog" || event.defaultPrevented) return;
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
  setTimeout(() => delete form.dataset.sent, 5000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

for (const button of document.querySelectorAll("[data-opens]")) button.hidden = false;
