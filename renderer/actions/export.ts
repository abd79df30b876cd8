import { mapStill } from '../model/map-input.ts';
import { renderMapPng, renderMapSvg } from '../heatmap/export/render.ts';
import { vmasCsv, writtenCsv } from '../export/csv.ts';
import { exportFile } from '../export/export-file.ts';
import { canSnapshot, saveSnapshot } from '../export/snapshot.ts';
import type { Action } from './action.ts';

/** Exports of what is shown, as files for other programs. */
export const exportActions: readonly Action[] = [
  {
    id: 'export.png',
    title: 'Export the map as a PNG picture',
    group: 'Export',
    words: 'save image screenshot',
    run: ({ model, map }) => void exportFile(model, 'png', 'map', () => renderMapPng(mapStill(model, map))),
  },
  {
    id: 'export.svg',
    title: 'Export the map as an SVG picture',
    group: 'Export',
    words: 'save image vector',
    run: ({ model, map }) => void exportFile(model, 'svg', 'map', () => renderMapSvg(mapStill(model, map))),
  },
  {
    id: 'export.snapshot',
    title: 'Export a snapshot of the selected pages',
    group: 'Export',
    words: 'snapshot bytes contents dump memory binary ptrace freeze',
    available: ({ model }) => canSnapshot(model.session, model.selection),
    run: ({ model }) => void saveSnapshot(model),
  },
  {
    id: 'export.vmas',
    title: 'Export the mappings as a CSV table',
    group: 'Export',
    words: 'save vma file spreadsheet',
    run: ({ model }) =>
      void exportFile(model, 'csv', 'mappings', async () => {
        await Promise.all([model.howOften.read(), model.pageWriters.read()]);
        return vmasCsv(model.frames, model.howOften.data, model.pageWriters.data);
      }),
  },
  {
    id: 'export.written',
    title: 'Export the written pages as a CSV table',
    group: 'Export',
    words: 'save dirty file spreadsheet',
    run: ({ model }) =>
      void exportFile(model, 'csv', 'written pages', async () => {
        await model.howOften.read();
        return writtenCsv(model.frames, model.howOften.data);
      }),
  },
];
