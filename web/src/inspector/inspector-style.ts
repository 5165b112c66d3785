//! How the inspector looks: calm, with figures below each other, and one colour for what deserves a look.

import { frameStyle } from "../code-frame.js";
import { palette } from "../element.js";
import { listStyle } from "./list-style.js";
import { paneStyle } from "./pane-style.js";

export const inspectorStyle = `${palette}
:host { display: block; height: 100%; --accent: var(--link); }
[hidden] { display: none !important; }
.inspector {
  height: 100%; min-height: 320px; display: flex; flex-direction: column; overflow: hidden;
  background: var(--paper); color: var(--ink); font: 13px/1.5 var(--sans); font-variant-numeric: tabular-nums;
  text-align: left; -webkit-text-size-adjust: 100%;
}
main { flex: 1; min-height: 0; display: flex; }
.program { flex: 1; min-width: 0; min-height: 0; display: flex; flex-direction: column; }
.top {
  flex: none; display: flex; align-items: center; gap: 16px; height: 48px; padding: 0 20px; border-bottom: 1px solid var(--line);
}
h1 { display: flex; align-items: center; gap: 8px; margin: 0; font: 600 14px/1 var(--sans); letter-spacing: -.005em; white-space: nowrap; }
.logo { width: 10px; height: 10px; border-radius: 3px; background: var(--accent); }
select {
  font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 6px;
  padding: 3px 8px; min-width: 0; max-width: 14em;
}
select:disabled { appearance: none; opacity: 1; color: var(--soft); }
.state { margin-left: auto; display: flex; align-items: center; gap: 8px; color: var(--soft); min-width: 0; text-align: right; }
.state::before { content: ""; flex: none; width: 8px; height: 8px; border-radius: 50%; background: var(--tone, var(--soft)); }
.good { --tone: var(--good); }
.busy { --tone: var(--accent); }
.bad { --tone: var(--error); }
.waiting { --tone: var(--warning); }
@media (prefers-reduced-motion: no-preference) {
  .busy::before { animation: breathe 1.2s ease-in-out infinite; }
  @keyframes breathe { 50% { opacity: .25; } }
}
.now {
  flex: none; display: grid; grid-template-columns: 96px 208px 128px 144px 144px; gap: 8px 24px; margin: 0; padding: 14px 20px;
  border-bottom: 1px solid var(--line);
}
.now div { min-width: 0; }
dt { color: var(--soft); font-size: 12px; line-height: 16px; }
.now dd { margin: 2px 0 0; font: 500 17px/24px var(--sans); white-space: nowrap; letter-spacing: -.01em; }
.now .now-base { font-family: var(--mono); font-size: 15px; letter-spacing: 0; }
.now[data-wrong=true] .now-problems { color: var(--error); }
small { font: 12px/1 var(--sans); color: var(--soft); margin-left: 8px; letter-spacing: 0; }
.tabs { flex: none; display: flex; gap: 4px; padding: 0 12px; border-bottom: 1px solid var(--line); overflow-x: auto; scrollbar-width: none; }
.tab {
  flex: none; height: 40px; padding: 0 10px; color: var(--soft); font-weight: 500; white-space: nowrap;
}
.tab:hover { color: var(--ink); }
.tab[aria-selected=true] { color: var(--ink); box-shadow: inset 0 -2px var(--accent); }
.note { display: inline-block; min-width: 18px; text-align: center; margin-left: 6px; padding: 0 6px; border-radius: 8px; background: var(--raised); font-size: 11px; color: var(--soft); }
.note:empty { visibility: hidden; }
.note.bad { background: var(--error-wash); color: var(--error); }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: left; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; border-radius: 4px; }
.both { flex: 1; min-height: 0; display: flex; }
.wide .tab.of-saves { display: none; }
.wide .tabs { padding-left: 54%; }
.wide .saves { flex: 0 0 54%; border-right: 1px solid var(--line); }
.saves, .side, .panel { flex: 1; min-width: 0; min-height: 0; display: flex; flex-direction: column; }
.program:not(.wide) .saves:not([hidden]) + .side { display: none; }
.pane { position: relative; flex: 1; min-height: 0; overflow: auto; padding: 16px 20px 32px; overscroll-behavior: contain; }
.empty, .about { margin: 0; color: var(--soft); }
.saves > .empty { padding: 20px; }
${frameStyle}${listStyle}${paneStyle}
@media (max-width: 899px) {
  .top { padding: 0 16px; gap: 12px; }
  .now { padding: 12px 16px; grid-template-columns: repeat(3, 1fr); gap: 10px 12px; }
  .now dd { font-size: 15px; line-height: 20px; }
  .now .now-base { font-size: 13px; }
  .now small { display: block; margin: 2px 0 0; line-height: 16px; }
  .tabs { padding: 0 6px; }
  .pane { padding: 14px 16px 28px; }
  .tree-pane .about { padding: 10px 16px; }
}
@media (max-width: 599px) {
  table, tbody, tr, td { display: block; }
  thead { display: none; }
  tr { padding: 10px 0; border-bottom: 1px solid var(--line); }
  .pane td { display: flex; justify-content: space-between; gap: 16px; border: 0; padding: 2px 0; text-align: right; overflow-wrap: anywhere; }
  td::before { content: attr(data-head); color: var(--soft); flex: none; }
}
`;
