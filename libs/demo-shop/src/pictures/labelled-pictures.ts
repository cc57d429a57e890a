import type { DemoShop } from '../demo-shop.js';
import type { Picture } from './draw-picture.js';

/** A photo of a set to learn from. */
export interface LabelledPicture {
  readonly picture: Picture;
  /** Name of the item's category. */
  readonly label: string;
  /** Photos of one item belong on one side of a split: they show the same thing. */
  readonly item: string;
}

/**
 * Photos of everything that the shop sells, `shots` of each item, item by item. The same shop gives the same.
 *
 * @param side pixels of a photo's width and height
 */
export function* labelledPictures(
  { catalog, picture }: DemoShop,
  { shots, side }: { readonly shots: number; readonly side: number },
): Generator<LabelledPicture> {
  for (const { id, categories } of catalog) {
    for (let shot = 0; shot < shots; shot++) {
      const drawn = picture(id, { shot, side });
      if (drawn !== undefined) yield { picture: drawn, label: categories.at(-1) ?? '', item: id };
    }
  }
}
