//! How the overlay looks.

import { frameStyle } from "./code-frame.js";
import { palette } from "./element.js";

export const overlayStyle = `${palette}
.veil {
  position: fixed; inset: auto 0 0 0; z-index: 2147483646;
  display: flex; justify-content: center; padding: 0 16px 16px; pointer-events: none;
  font: 14px/1.5 var(--sans); color: var(--ink);
}
.panel {
  pointer-events: auto; width: min(920px, 100%); max-height: min(72vh, 760px);
  display: flex; flex-direction: column; overflow: hidden;
  background: var(--paper); border: 1px solid var(--line); border-radius: 12px;
  box-shadow: 0 1px 2px rgb(0 0 0 / .08), 0 16px 48px rgb(0 0 0 / .22);
}
@media (prefers-reduced-motion: no-preference) {
  .rising .panel { animation: rise .16s cubic-bezier(.2, .8, .3, 1); }
  @keyframes rise { from { opacity: 0; transform: translateY(8px); } }
}
header {
  display: flex; align-items: center; gap: 10px; padding: 12px 12px 12px 20px; border-bottom: 1px solid var(--line);
}
.mark { width: 8px; height: 8px; border-radius: 50%; background: var(--tone); flex: none; }
.error { --tone: var(--error); --wash: var(--error-wash); }
.warning { --tone: var(--warning); --wash: var(--warning-wash); }
h1 { font: 600 14px/1.4 var(--sans); margin: 0; }
.about { color: var(--soft); min-width: 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: left; }
button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
.close {
  display: flex; align-items: center; gap: 8px; margin-left: auto; padding: 4px 8px; border-radius: 6px;
  color: var(--soft); font-size: 12px;
}
.close:hover { background: var(--raised); color: var(--ink); }
kbd { font: 11px/1 var(--mono); border: 1px solid var(--line); border-radius: 4px; padding: 3px 5px; color: var(--soft); }
.list { overflow: auto; overscroll-behavior: contain; }
article { padding: 16px 20px 18px; }
article + article { border-top: 1px solid var(--line); }
.message {
  margin: 0; font: 500 14px/1.5 var(--mono); tab-size: 4; white-space: pre-wrap; overflow-wrap: anywhere;
  color: var(--ink);
}
.kind { color: var(--tone); font-weight: 600; }
.where { display: flex; gap: 12px; align-items: baseline; margin-top: 4px; font-size: 12.5px; }
.place { font-family: var(--mono); overflow-wrap: anywhere; color: var(--soft); }
button.place { color: var(--link); }
button.place:hover { text-decoration: underline; text-underline-offset: 3px; }
.source { color: var(--soft); white-space: nowrap; }
${frameStyle}ol { list-style: none; margin: 12px 0 0; padding: 0; font: 12.5px/1.6 var(--mono); }
li { display: flex; gap: 16px; justify-content: space-between; padding: 3px 0; }
li + li { border-top: 1px solid var(--line); }
.function { overflow-wrap: anywhere; }
li .place { text-align: right; flex: none; max-width: 60%; }
details { margin-top: 12px; color: var(--soft); font-size: 12.5px; }
summary { cursor: pointer; width: max-content; }
details pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 10px 14px; max-height: 240px; overflow: auto; }
@media (max-width: 600px) {
  .veil { padding: 0; }
  .panel { border-radius: 12px 12px 0 0; border-width: 1px 0 0; }
  .about, .source, kbd { display: none; }
  article { padding: 14px 16px 16px; }
  header { padding: 10px 8px 10px 16px; }
  .number { width: 40px; padding-right: 12px; }
  li { flex-direction: column; gap: 0; }
  li .place { text-align: left; max-width: none; }
}
`;
