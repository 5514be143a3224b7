"use strict";
// Locust's page knows no token: every change that it asks of this server gets ours. And it gets a way to the Storm page.
(() => {
  const { content: token, dataset: { base } } = document.querySelector("meta[name=authstorm]");
  const plain = window.fetch.bind(window);
  window.fetch = (input, init) => {
    const request = new Request(input, init);
    if (request.method !== "GET" && new URL(request.url).origin === location.origin) request.headers.set("X-Authstorm-Token", token);
    return plain(request);
  };
  addEventListener("DOMContentLoaded", () => {
    const link = document.createElement("a");
    link.href = `${base}/storm`;
    link.textContent = "Storm page";
    link.style.cssText = "position:fixed;left:16px;bottom:16px;z-index:2000;padding:10px 16px;border-radius:8px;"
      + "background:#0b5f8a;color:#fff;font:600 15px system-ui,sans-serif;text-decoration:none";
    document.body.append(link);
  });
})();
