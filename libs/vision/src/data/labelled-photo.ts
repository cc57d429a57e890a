export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

export interface LabelledPhoto {
  /** Below the folder or in the archive, with slashes. */
  readonly path: string;
  readonly label: string;
  /** As the label file says; absent where it has no such column. */
  readonly split?: Split;
  /** Of the label file. */
  readonly line?: number;
}

/** Where photos lie. One is read at a time, so that a folder of any size needs the memory of one photo. */
export interface PhotoStore {
  /** The photos that are there, sorted by path. */
  readonly paths: readonly string[];
  /** @throws {VisionError} `file-unreadable` */
  read(path: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Photos with what is on them. */
export interface PhotoSet {
  readonly photos: readonly LabelledPhoto[];
  /** @throws {VisionError} `file-unreadable` */
  read(photo: LabelledPhoto): Promise<Uint8Array>;
  close(): Promise<void>;
}
