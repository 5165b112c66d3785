export const drawing = { text: "nothing" };
