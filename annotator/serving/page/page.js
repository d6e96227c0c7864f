// The terminal's own script begins when the page is loaded; its cells are measured once, so the font comes first.
"use strict";
const begin = window.onload;
window.onload = async (event) => {
  const terminal = document.getElementById("terminal");
  terminal.dataset.sessionWebsocketUrl = location.origin.replace(/^http/, "ws") + "/ws";
  document.getElementById("again").addEventListener("click", () => location.reload());
  try {
    await document.fonts.load("16px 'Roboto Mono'");
  } catch {
    // another font of the machine will do
  }
  begin.call(window, event);
  // Keys go to the terminal once there is somebody to hear them; before, they would be an error.
  new MutationObserver((_, observer) => {
    if (document.body.classList.contains("-first-byte")) {
      observer.disconnect();
      document.querySelector(".xterm-helper-textarea").focus();
    }
  }).observe(document.body, { attributeFilter: ["class"] });
};
// An address in an article is a text to label, not a place to go.
window.open = () => null;
