//! How long lists look: the saves with their bars, and the tree.

export const listStyle = `
.virtual { flex: 1; min-height: 0; overflow-y: auto; overflow-anchor: none; overscroll-behavior: contain; scrollbar-gutter: stable; scrollbar-width: thin; }
.sizer { position: relative; contain: strict; width: 100%; }
.sizer > * { position: absolute; inset: 0 0 auto; contain: strict; }
.save {
  height: 44px; padding: 0 20px; display: grid; align-items: center; column-gap: 12px; white-space: nowrap; cursor: default;
  grid-template-columns: 40px minmax(72px, 1fr) 60px 92px minmax(120px, 34%) 64px;
}
.save:not(.head) { border-bottom: 1px solid color-mix(in srgb, var(--line) 60%, transparent); }
.save.head {
  flex: none; height: 32px; color: var(--soft); font-size: 12px; border-bottom: 1px solid var(--line); scrollbar-gutter: stable; scrollbar-width: thin; overflow: hidden;
}
.save > * { min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.save:not(.head):hover { background: color-mix(in srgb, var(--raised) 60%, transparent); }
.save[aria-selected=true] { background: var(--raised); box-shadow: inset 2px 0 0 var(--accent); }
.revision { text-align: right; color: var(--soft); }
.save:not(.head) .title { font-family: var(--mono); font-size: 12.5px; }
.when, .outcome { color: var(--soft); font-size: 12px; }
.save .time, .stage .time { text-align: right; }
[data-standing=failed] .outcome { color: var(--error); }
[data-standing=building] .outcome { color: var(--accent); }
.bars { position: relative; display: block; height: 10px; }
.save .bars { overflow: visible; height: 8px; background: linear-gradient(var(--line), var(--line)) 50% 0 / 1px 100% no-repeat; }
.head .bars, .stage.head .bars { height: 100%; background: none; }
.bars i { position: absolute; top: 0; bottom: 0; min-width: 1px; }
.bars i:first-child { border-radius: 2px 0 0 2px; }
.bars i:last-child { border-radius: 0 2px 2px 0; }
.watch, .way { background: color-mix(in srgb, var(--soft) 55%, var(--paper)); }
.frame { background: color-mix(in srgb, var(--soft) 32%, var(--paper)); }
.analyse { background: color-mix(in srgb, var(--accent) 45%, var(--paper)); }
.build { background: var(--accent); }
.page { background: color-mix(in srgb, var(--accent) 68%, var(--paper)); }
.rest { background: repeating-linear-gradient(135deg, var(--line) 0 2px, transparent 2px 5px); }
.tick {
  position: absolute; top: 0; height: 100%; display: flex; align-items: center; padding-left: 4px; border-left: 1px solid var(--line);
  font-size: 11px; color: var(--soft); white-space: nowrap;
}
.tick.last { transform: translateX(-100%); border: 0; padding: 0 4px 0 0; border-right: 1px solid var(--line); }
.node {
  height: 28px; padding: 0 20px 0 calc(12px + var(--depth) * 16px); display: flex; align-items: center; gap: 8px; white-space: nowrap;
  cursor: default; font-size: 12.5px;
}
.node:hover { background: color-mix(in srgb, var(--raised) 60%, transparent); }
.node[aria-selected=true] { background: var(--raised); }
.node.changed { background: color-mix(in srgb, var(--accent) 9%, var(--paper)); box-shadow: inset 2px 0 0 var(--accent); }
.node.changed[aria-selected=true] { background: color-mix(in srgb, var(--accent) 16%, var(--paper)); }
.twisty { flex: none; width: 12px; color: var(--soft); font-size: 11px; }
.what { color: var(--soft); flex: none; }
.depth-0 .what { flex: 0 1 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.node .name { font-family: var(--mono); overflow: hidden; text-overflow: ellipsis; flex: 0 1 auto; }
.depth-0 .name { font-weight: 600; flex: none; }
.mark { flex: none; color: var(--accent); font-size: 11.5px; }
.became { flex: 1 1 40px; min-width: 0; overflow: hidden; text-overflow: ellipsis; font: 12px var(--mono); color: var(--accent); text-align: right; }
.size { flex: none; min-width: 40px; text-align: right; color: var(--soft); font-size: 12px; }
@media (max-width: 899px) {
  .save { padding: 0 16px; grid-template-columns: 32px minmax(60px, 1fr) auto 64px; padding-bottom: 10px; }
  .save .bars { position: absolute; left: 60px; right: 16px; bottom: 6px; height: 4px; }
  .save .when, .save.head { display: none; }
  .node { padding-right: 16px; }
}
@media (max-width: 599px) {
  .node .name { max-width: 55%; }
  .became { flex-shrink: 100; }
  .depth-1 .mark:has(~ .became:not(:empty)) { display: none; }
}
`;
