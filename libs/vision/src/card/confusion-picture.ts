import { escaped, svg } from './svg.js';

const CELL = 44;
const TOP = 40;
/** Above this share a cell is dark. */
const DARK = 0.5;

/** Photos by their class (rows) and by what they were taken for (columns), each row as shares of its photos. An SVG. */
export const confusionPicture = (classes: readonly string[], confusion: readonly (readonly number[])[]): string => {
  const left = 24 + 7 * Math.max(...classes.map(({ length }) => length));
  const right = left + CELL * classes.length;
  const bottom = TOP + CELL * classes.length;
  const rows = confusion.flatMap((row, r) => {
    const photos = row.reduce((sum, count) => sum + count, 0);
    const y = TOP + CELL * r;
    return [
      `<text x="${left - 8}" y="${y + CELL / 2 + 4}" text-anchor="end">${escaped(classes[r] ?? '')}</text>`,
      ...row.flatMap((count, c) => {
        const share = photos === 0 ? 0 : count / photos;
        const x = left + CELL * c;
        return [
          `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="#1f4e8c" fill-opacity="${share.toFixed(3)}" stroke="#ddd"/>`,
          ...(count === 0
            ? []
            : [
                `<text x="${x + CELL / 2}" y="${y + CELL / 2 + 4}" text-anchor="middle" fill="${share > DARK ? '#fff' : '#222'}">${count}</text>`,
              ]),
        ];
      }),
    ];
  });
  const heads = classes.map((name, c) => {
    const [x, y] = [left + CELL * c + CELL / 2, bottom + 12];
    return `<text x="${x}" y="${y}" text-anchor="end" transform="rotate(-45 ${x} ${y})">${escaped(name)}</text>`;
  });
  return svg(right + 16, bottom + left, 'Confusion', [
    `<text x="${left}" y="24" font-size="14">What photos are (rows), and what they were taken for</text>`,
    ...rows,
    ...heads,
  ]);
};
