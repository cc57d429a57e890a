/** First port of a local line unless `--port-base` says otherwise. */
export const DEFAULT_PORT_BASE = 9400;

/** Every port of a local line, counted from the port base. Two lines run side by side when their bases are 100 apart. */
export const PORT_OFFSETS = {
  collector: 0,
  control: 1,
  inference: 2,
  gateway: 3,
  kafka: 10,
  kafkaController: 11,
  postgres: 12,
  collectorAdmin: 20,
  controlAdmin: 21,
  inferenceAdmin: 22,
  personalizerAdmin: 23,
  shoppersAdmin: 24,
  gatewayAdmin: 25,
  trainerAdmin: 26,
  assortmentAdmin: 27,
} as const;

export type PortName = keyof typeof PORT_OFFSETS;
export type Ports = Readonly<Record<PortName, number>>;

const SPAN = Math.max(...Object.values(PORT_OFFSETS));

/** The ports of a line; undefined when the base leaves no room for all of them between 1024 and 65535. */
export const portsFrom = (base: number): Ports | undefined => {
  if (!Number.isInteger(base) || base < 1024 || base + SPAN > 65_535) return undefined;
  return Object.fromEntries(Object.entries(PORT_OFFSETS).map(([name, offset]) => [name, base + offset])) as Record<
    PortName,
    number
  >;
};
