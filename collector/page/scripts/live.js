// A page that follows: when the server says that something of a kind is new, the parts that show it are fetched again.
//
//   <section id="counts" data-live="fleet alerts"> … </section>
//
// Without this script nothing is lost: the page is whole, and looks again by its <noscript> refresh where it has one.
"use strict";

(() => {
  const PAUSE_MS = 1000; // several kinds at once are one question
  const AGAIN_MS = 30000; // after a refusal
  const marked = () => [...document.querySelectorAll("[data-live][id]")];

  const main = document.getElementById("main");
  if (!marked().length && document.body.dataset.refresh && main) main.dataset.live = "site fleet";
  if (!marked().length || !window.EventSource) return;

  let source = null;
  let timer = 0;
  let asking = false;
  let over = false;
  const stale = new Set();

  function mark(kinds) {
    for (const part of marked()) {
      if (kinds === null || part.dataset.live.split(" ").some((kind) => kinds.includes(kind))) stale.add(part.id);
    }
    if (stale.size && !timer) timer = setTimeout(refresh, PAUSE_MS);
  }

  // Something of the page is still being worked out: it says after how many seconds to look again.
  function soon(body) {
    const again_s = Number(body.dataset.again);
    if (again_s) setTimeout(() => mark(null), 1000 * again_s);
  }

  // Somebody types there, or reads it out: it waits until they have left.
  function busy(part) {
    const active = document.activeElement;
    return active && active !== part && active !== document.body && part.contains(active);
  }

  async function refresh() {
    timer = 0;
    if (asking) timer = setTimeout(refresh, PAUSE_MS);
    const wanted = [...stale].filter((id) => document.getElementById(id) && !busy(document.getElementById(id)));
    if (!wanted.length || asking || over) return;
    asking = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 401) return end();
      if (!answer.ok) return soon(document.body);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      soon(fresh.body);
      for (const id of wanted) {
        const [before, after] = [document.getElementById(id), fresh.getElementById(id)];
        stale.delete(id);
        if (before && after && !busy(before)) replace(before, after);
      }
    } catch {
      // The network is gone for a moment; the next event asks again.
    } finally {
      asking = false;
    }
  }

  function replace(before, after) {
    if (!after.dataset.live) after.dataset.live = before.dataset.live;
    if (before.outerHTML === after.outerHTML) return;
    const open = [...before.querySelectorAll("details")].map((one) => one.open);
    const scrolled = [...before.querySelectorAll(".scrolls")].map((one) => [one.scrollLeft, one.scrollTop]);
    const ticked = new Set([...before.querySelectorAll("input[type=checkbox]:checked")].map((one) => one.value));
    before.replaceWith(document.adoptNode(after));
    after.querySelectorAll("input[type=checkbox]").forEach((one) => (one.checked ||= ticked.has(one.value)));
    after.querySelectorAll("details").forEach((one, place) => (one.open = open[place] ?? one.open));
    after.querySelectorAll(".scrolls").forEach((one, place) => {
      [one.scrollLeft, one.scrollTop] = scrolled[place] ?? [0, 0];
    });
    if (window.htmx) window.htmx.process(after);
  }

  function end() {
    over = true;
    source?.close();
    source = null;
  }

  function follow(first) {
    if (source || over || document.hidden) return;
    source = new EventSource("/live");
    const kinds = new Set(marked().flatMap((part) => part.dataset.live.split(" ")));
    for (const kind of kinds) source.addEventListener(kind, () => mark([kind]));
    source.addEventListener("over", end);
    source.addEventListener("open", () => {
      if (!first) mark(null); // what was missed
      first = false;
    });
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return; // it connects again by itself
      source = null;
      setTimeout(() => follow(false), AGAIN_MS);
    });
  }

  // A browser has few connections to one server: pages that nobody looks at give theirs back.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return follow(false);
    source?.close();
    source = null;
  });
  document.addEventListener("focusout", () => stale.size && !timer && (timer = setTimeout(refresh, PAUSE_MS)));
  soon(document.body);
  follow(true);
})();
