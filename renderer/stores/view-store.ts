import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { COUNTED_UNITS } from '#shared/contract/write-counts.ts';
import { MAX_COUNTED_INTERVALS, MIN_COUNTED_INTERVALS } from '#shared/memory/write-counts.ts';
import { WRITER_GROUPINGS } from '../data/page-writers.ts';

export const THEMES = ['system', 'dark', 'light'] as const;
export const COLOUR_MAPS = ['cividis', 'viridis', 'contrast'] as const;
/** What the colours of written pages on the map mean. */
export const COLOURINGS = ['age', 'often', 'writers'] as const;
export type Colouring = (typeof COLOURINGS)[number];
export const INSPECTOR_TABS = ['page', 'tables', 'bytes', 'writers'] as const;
export const OPERATIONS_TABS = ['ioctl', 'write-watches'] as const;
/** Columns of the VMA table with pages by how often they were written. */
export const COUNT_COLUMNS = ['every', 'most', 'periodic', 'rare', 'once'] as const;
/** Columns of the VMA table, in their order; the name is always shown. */
export const VMA_COLUMNS = [
  'start',
  'size',
  'name',
  'written',
  'rate',
  ...COUNT_COLUMNS,
  'writer',
  'perms',
  'resident',
  'swapped',
  'huge',
  'kind',
  'flags',
  'untracked',
] as const;
export type VmaColumn = (typeof VMA_COLUMNS)[number];
/** Those that are shown until the user selects others. */
export const DEFAULT_VMA_COLUMNS: readonly VmaColumn[] = ['start', 'size', 'name', 'written', 'rate'];
export const SIDES = ['left', 'right'] as const;
export type Side = (typeof SIDES)[number];
export type ColourMapName = (typeof COLOUR_MAPS)[number];

/** Where the panels are, and how big: as the user set them, in pixels. A small window gives them less. */
const layoutSchema = z.object({
  /** Null: as wide as the window suggests. */
  leftWidth: z.number().min(160).max(900).nullable().catch(null),
  rightWidth: z.number().min(260).max(900).catch(324),
  bottomHeight: z.number().min(64).max(900).catch(196),
  inspectorHeight: z.number().min(120).max(2000).catch(460),
  leftOpen: z.boolean().catch(true),
  rightOpen: z.boolean().catch(true),
  bottomOpen: z.boolean().catch(true),
  inspectorOpen: z.boolean().catch(true),
  operationsOpen: z.boolean().catch(true),
  /** Which side is open if the window has room for one beside the map, and where only for one at all. */
  sideWhenNarrow: z.enum(SIDES).nullable().catch('right'),
  sideWhenSingle: z.enum(SIDES).nullable().catch(null),
});
/** The default layout. */
export const LAYOUT = layoutSchema.parse({});

/** The window's view settings; remembered between runs. */
const viewSchema = layoutSchema.extend({
  theme: z.enum(THEMES).catch('system'),
  colourMap: z.enum(COLOUR_MAPS).catch('cividis'),
  colouring: z.enum(COLOURINGS).catch('age'),
  /** How many of the last intervals are counted, and what an interval is. */
  intervals: z.number().int().min(MIN_COUNTED_INTERVALS).max(MAX_COUNTED_INTERVALS).catch(64),
  countedUnit: z.enum(COUNTED_UNITS).catch('sample'),
  writersBy: z.enum(WRITER_GROUPINGS).catch('function'),
  /** Runs of memory that was never touched are folded. */
  fold: z.boolean().catch(true),
  /** Whether dump and reset has a system-wide key. */
  phaseKey: z.boolean().catch(false),
  /** How the address map is laid out: a row a tile, or one VMA along a Hilbert curve. */
  layout: z.enum(['bands', 'hilbert']).catch('bands'),
  /** Which of the views in the middle is shown (`MIDDLE_VIEWS`). */
  middle: z.string().catch('map'),
  /** The page-table walk, where it is shown, has the whole window. */
  walkWhole: z.boolean().catch(false),
  /** The page-table walk draws the whole tables, not only the path. */
  walkTables: z.boolean().catch(true),
  /** The step player selects the page of each sub-step; shows the detail of each. */
  stepsFollow: z.boolean().catch(true),
  stepsDetail: z.boolean().catch(true),
  inspectorTab: z.enum(INSPECTOR_TABS).catch('page'),
  operationsTab: z.enum(OPERATIONS_TABS).catch('ioctl'),
  vmaColumns: z.array(z.enum(VMA_COLUMNS)).readonly().catch(DEFAULT_VMA_COLUMNS),
});
export type ViewSettings = z.infer<typeof viewSchema>;

const KEY = 'soft-dirty-inspector:view';

/** Where settings are kept: the window's localStorage, or a map in tests. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Reads the saved settings, if valid, and saves every change. */
export function createViewStore(storage: KeyValueStore | null): StoreApi<ViewSettings> {
  const store = createStore<ViewSettings>(() => viewSchema.parse(read(storage)));
  store.subscribe((settings) => {
    try {
      storage?.setItem(KEY, JSON.stringify(settings));
    } catch {
      // A full or forbidden store costs the memory of a panel's width, nothing else.
    }
  });
  return store;
}

function read(storage: KeyValueStore | null): object {
  try {
    const value: unknown = JSON.parse(storage?.getItem(KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
