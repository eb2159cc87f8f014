// @ts-check
// A worker: its timers run on in hidden tabs.
setInterval(() => postMessage(0), 500);
