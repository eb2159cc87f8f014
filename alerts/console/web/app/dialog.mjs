// @ts-check
// What all dialogs share: they are modal, Escape leaves, and they end with the
// incident they are about.
import { html, useLayoutEffect, useRef } from '../vendor/preact.mjs';
import { t } from './words.mjs';
import * as store from './store.mjs';

export const leave = () => { store.dialog.value = null; };

/** A dialog that is open while it is drawn; of an incident it names it. */
export function Dialog({ name, title, inc, children }) {
  const ref = useRef(/** @type {any} */ (null));
  useLayoutEffect(() => { if (ref.current && !ref.current.open) ref.current.showModal(); }, []);
  return html`<dialog ref=${ref} class=${`ask ${name}`} id=${`dialog-${name}`} aria-label=${title} onClose=${leave}>
    <h2>${title}${inc ? html` · ${inc.name || inc.device} <small>${t('code')} ${inc.code}</small>` : ''}</h2>${children}</dialog>`;
}

/** In place of a dialog whose incident is over. */
export function Gone({ name, title }) {
  return html`<${Dialog} name=${name} title=${title}><p>${t('cmd.gone')}</p><div class="row"><${Cancel} /></div><//>`;
}

export function Cancel({ words }) {
  return html`<button type="button" class="b" onClick=${leave}>${words || t('cancel')}</button>`;
}
