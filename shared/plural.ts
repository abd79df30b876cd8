const counts = new Intl.NumberFormat('en-US');

/** 1,234,567. */
export const formatCount = (value: number): string => counts.format(value);

/** `1 page`, `2 pages`, `1,234 pages`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;
