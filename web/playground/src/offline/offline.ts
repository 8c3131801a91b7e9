// Registers the service worker, where there may be one, and offers a new version once it is whole.

import { showNotice } from "../notice";

export async function goOffline(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register("./service-worker.js");
    const offer = (worker: ServiceWorker) => {
      // The first one ever has nothing to replace.
      if (worker.state !== "installed" || !navigator.serviceWorker.controller) return;
      const reload = () => {
        navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
        worker.postMessage("take over");
      };
      showNotice("A new version of the playground is here.", { title: "Reload", run: reload });
    };
    if (registration.waiting) offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => offer(worker));
    });
  } catch {
    return; // it works online all the same
  }
}
