/** The rows that a term stands in, in no order, with a number each. */
export class Postings {
  rows = new Uint32Array(4);
  counts = new Uint32Array(4);
  length = 0;

  add(row: number, count: number): void {
    if (this.length === this.rows.length) {
      this.rows = longer(this.rows);
      this.counts = longer(this.counts);
    }
    this.rows[this.length] = row;
    this.counts[this.length] = count;
    this.length += 1;
  }

  remove(row: number): void {
    const at = this.rows.subarray(0, this.length).indexOf(row);
    if (at < 0) return;
    this.length -= 1;
    this.rows[at] = this.rows[this.length] as number;
    this.counts[at] = this.counts[this.length] as number;
  }
}

const longer = (array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> => {
  const result = new Uint32Array(2 * array.length);
  result.set(array);
  return result;
};
