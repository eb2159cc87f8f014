// @ts-check
// Loaded before the modules, as a plain script, so that it runs where they do
// not: it says on the page that the page is broken. A console that goes silent
// without a word is taken for a quiet night.
(() => {
  const START = 15000; // ms until the page must have come to life
  const say = what => {
    if (document.getElementById('fault') || !document.body) return;
    const words = document.body.dataset, bar = document.createElement('div'), again = document.createElement('a');
    bar.id = 'fault';
    bar.setAttribute('role', 'alert');
    again.href = '/'; // a link and no reload: only the operator decides when
    again.textContent = words.faultAgain || '';
    bar.append(words.fault || '', ' ', again, ` (${String(what).slice(0, 200)})`);
    document.documentElement.append(bar); // beside the body, which the page's own drawing may no longer reach
  };
  // Capturing: a module that does not load is told to its own element only.
  addEventListener('error', e => say(e.message || /** @type {any} */ (e.target).src || /** @type {any} */ (e.target).href || 'error'), true);
  addEventListener('unhandledrejection', e => say(e.reason?.message || e.reason));
  setTimeout(() => { if (!window.onekeyd) say('start'); }, START);
})();
