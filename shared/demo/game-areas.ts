/** Areas of the buffer, in pages from its start; the whole is 64 MiB. */
export const AREAS = {
  /** Objects of the world: those near the player change in every tick. */
  entities: { start: 0, pages: 2048 },
  /** Sound and geometry streamed in: a ring written from front to back. */
  stream: { start: 2048, pages: 4096 },
  /** Textures: loaded occasionally, then only read. */
  textures: { start: 6144, pages: 8192 },
  /** Small short-lived objects anywhere. */
  particles: { start: 14336, pages: 2048 },
} as const;
export const GAME_PAGES = 16384;
