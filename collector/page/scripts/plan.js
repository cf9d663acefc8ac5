// A plan on which sensors are moved: by mouse, finger, pen or arrow keys. Each place is stored by the sensor's own form.
//
// Without this script nothing is lost: the forms beneath the plan take the same places as numbers.
"use strict";

(() => {
  const STEP = 0.5; // per cent of the plan; with Shift ten times as much
  const PAUSE_MS = 700; // arrow keys come in rows: their last place is stored
  const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  const svg = document.getElementById("plan-edit");
  const status = document.getElementById("plan-status");
  if (!svg || !status) return;
  const [width, height] = [Number(svg.dataset.width), Number(svg.dataset.height)];
  const bounded = (value) => Math.min(100, Math.max(0, Math.round(value * 10) / 10));

  for (const mark of svg.querySelectorAll("[data-sensor]")) {
    const form = [...document.querySelectorAll("form.spot")].find((one) => one.dataset.sensor === mark.dataset.sensor);
    if (form) equip(mark, form);
  }

  function equip(mark, form) {
    const name = mark.dataset.sensor;
    const { x, y } = form.elements;
    let timer = 0;
    let held = null; // the pointer, and whether it has moved
    mark.setAttribute("tabindex", "0");
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-describedby", "plan-help");
    mark.classList.add("moves");
    named();

    function words() {
      return svg.dataset.place.replace("{x}", Number(x.value)).replace("{y}", Number(y.value));
    }

    function named() {
      mark.setAttribute("aria-label", x.value === "" ? name : `${name}: ${words()}`);
    }

    function put(left, top) {
      [x.value, y.value] = [bounded(left), bounded(top)];
      mark.setAttribute("transform", `translate(${(x.value * width) / 100} ${(y.value * height) / 100})`);
      mark.classList.remove("waits");
    }

    async function store() {
      clearTimeout(timer);
      timer = 0;
      named();
      let stored = false;
      try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", credentials: "same-origin" });
        stored = answer.type === "opaqueredirect";
      } catch {
        // The network is gone: said below.
      }
      status.textContent = `${name}: ${stored ? `${words()}, ${svg.dataset.stored}` : svg.dataset.failed}`;
    }

    mark.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      held = { id: event.pointerId, moved: false };
      mark.setPointerCapture(event.pointerId);
    });
    mark.addEventListener("pointermove", (event) => {
      if (!held || held.id !== event.pointerId) return;
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      held.moved = true;
      put((100 * at.x) / width, (100 * at.y) / height);
    });
    mark.addEventListener("pointerup", () => {
      if (held && held.moved) store();
      held = null;
    });
    mark.addEventListener("pointercancel", () => {
      held = null;
    });
    mark.addEventListener("keydown", (event) => {
      const way = KEYS[event.key];
      if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const step = event.shiftKey ? 10 * STEP : STEP;
      const [left, top] = x.value === "" ? [50, 50] : [Number(x.value) + way[0] * step, Number(y.value) + way[1] * step];
      put(left, top);
      clearTimeout(timer);
      timer = setTimeout(store, PAUSE_MS);
    });
    mark.addEventListener("blur", () => timer && store());
  }
})();
