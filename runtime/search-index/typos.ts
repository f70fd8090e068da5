/** How many letters may be wrong, swapped, missing or too much in a word: the rule `AUTO` of OpenSearch. */
export function allowedTypos(word: string): number {
  const { length } = [...word];
  return length < 3 ? 0 : length < 6 ? 1 : 2;
}

/**
 * Whether two words are the same but for so many typos: letters that are wrong, missing or too much, or two neighbours that are
 * swapped (optimal string alignment).
 */
export function alike(one: string, other: string, typos: number): boolean {
  const a = [...one];
  const b = [...other];
  if (Math.abs(a.length - b.length) > typos) {
    return false;
  }
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row += 1) {
    const before = rows[row - 1]!;
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const wrong = before[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
        ? rows[row - 2]![column - 2]! + 1
        : Infinity;
      current.push(Math.min(wrong, before[column]! + 1, current[column - 1]! + 1, swapped));
    }
    rows.push(current);
  }
  return rows[a.length]![b.length]! <= typos;
}
