// soon: runs a function in a task of its own, after what is queued already, without the delay that
// timers have (four milliseconds once they nest, a second or a minute in a hidden tab).

declare const setImmediate: ((callback: () => void) => unknown) | undefined;

export const soon: (callback: () => void) => void = byImmediate() ?? byMessages();

function byImmediate(): ((callback: () => void) => void) | undefined {
  if (typeof setImmediate !== "function") return undefined;
  return (callback) => void setImmediate(callback);
}

function byMessages(): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(0);
  };
}
