//! How the panes beside the list look.

export const paneStyle = `
.pane.tree-pane { display: flex; flex-direction: column; padding: 0; overflow: hidden; }
.tree-pane .about { padding: 10px 20px; border-bottom: 1px solid var(--line); }
.save-head { display: flex; align-items: baseline; gap: 12px; flex-wrap: wrap; margin-bottom: 12px; }
h2 { margin: 0; font: 600 16px/24px var(--sans); letter-spacing: -.01em; }
h3, .part { margin: 24px 0 8px; font: 600 13px/20px var(--sans); letter-spacing: 0; }
.pane > .part:first-child { margin-top: 0; }
.verdict { color: var(--soft); }
.verdict.failed { color: var(--error); }
.save-head .time { margin-left: auto; font-weight: 600; font-size: 16px; }
.follow { color: var(--accent); order: 9; }
.follow:hover { text-decoration: underline; text-underline-offset: 3px; }
.facts { display: grid; grid-template-columns: 96px 1fr; gap: 4px 16px; margin: 0 0 20px; }
.facts dt { font-size: 13px; line-height: 20px; }
.facts dd { margin: 0; line-height: 20px; overflow-wrap: anywhere; }
.stages { border-top: 1px solid var(--line); }
.stage { display: grid; grid-template-columns: 112px 1fr 72px; column-gap: 16px; align-items: center; height: 26px; }
.stage.head { height: 24px; font-size: 12px; color: var(--soft); border-bottom: 1px solid var(--line); }
.stage .bars i { border-radius: 2px; }
.stage:not(.head):hover { background: var(--raised); }
.symbols { margin: 0; padding: 0; list-style: none; font: 12.5px/22px var(--mono); }
.symbols li { overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
caption.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th { font-weight: 400; font-size: 12px; color: var(--soft); text-align: left; padding: 0 16px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 6px 16px 6px 0; border-bottom: 1px solid color-mix(in srgb, var(--line) 60%, transparent); vertical-align: top; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
.figure { text-align: right; white-space: nowrap; }
.flags-pane td:first-child { font-family: var(--mono); font-size: 12.5px; }
.failed { color: var(--error); }
.gauge { display: grid; grid-template-columns: 48px 1fr 184px; gap: 16px; align-items: center; padding: 4px 0; }
meter {
  appearance: none; width: 100%; height: 8px; border: 0; border-radius: 4px; overflow: hidden; background: var(--line);
}
meter::-webkit-meter-bar { height: 8px; border: 0; border-radius: 4px; background: var(--line); }
meter::-webkit-meter-optimum-value { background: var(--accent); border-radius: 4px; }
meter::-moz-meter-bar { background: var(--accent); border-radius: 4px; }
.curve { display: flex; align-items: flex-end; gap: 2px; height: 56px; margin: 16px 0 4px; border-bottom: 1px solid var(--line); }
.curve i { flex: 1; max-width: 12px; background: color-mix(in srgb, var(--accent) 68%, var(--paper)); border-radius: 1px 1px 0 0; }
article { padding: 0 0 20px; --tone: var(--error); --wash: var(--error-wash); }
article + article { padding-top: 20px; border-top: 1px solid var(--line); }
article.warning { --tone: var(--warning); --wash: var(--warning-wash); }
.message { margin: 0; font: 500 13px/20px var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
.kind { color: var(--tone); }
.where { display: flex; gap: 12px; margin-top: 4px; font-size: 12.5px; }
.place { font-family: var(--mono); overflow-wrap: anywhere; }
button.place { color: var(--accent); }
button.place:hover { text-decoration: underline; text-underline-offset: 3px; }
.source { color: var(--soft); }
@media (max-width: 599px) {
  .facts { grid-template-columns: 80px 1fr; }
  .stage { grid-template-columns: 96px 1fr 56px; column-gap: 12px; }
  .stage.head .tick:not(:last-child) { font-size: 0; }
  .gauge { grid-template-columns: 40px 1fr auto; gap: 12px; }
}
`;
