import { wholeNumber, type Settings } from './settings.ts';
import { loadImage, type Image } from './image.ts';
import type { Program } from './program.ts';
import type { Region } from './region.ts';
import type { Workload } from './workload.ts';

const GIB_PAGES = 2 ** 18;
/** Pages of one cluster. */
const CLUSTER = 64;

/**
 * A mapping far larger than any memory, as sanitizers, sandboxes and memory-mapped databases make them: the place of an
 * object is computed from its key, so clusters of pages come up all over it. Clusters that were not used for long are freed.
 */
export class SparseMapping implements Workload {
  static readonly id = 'sparse-mapping';
  static readonly name = 'Sparse mapping';
  static readonly description =
    'One mapping of up to 64 TiB with small clusters of pages all over it; old clusters are freed.';
  static readonly parameters = [
    wholeNumber('size', 'Mapping', 'GiB', { min: 1, max: 65536, default: 1024 }),
    wholeNumber('clusters', 'Clusters in use', '', { min: 1, max: 4096, default: 256 }),
    wholeNumber('writes', 'Pages written per step', '', { min: 1, max: 1000, default: 40 }),
  ];

  private readonly program: Program;
  private readonly image: Image;
  private readonly mapping: Region;
  private readonly writes: number;
  /** First pages of the clusters in use; the one at `oldest` is replaced next. */
  private readonly clusters: number[] = [];
  private readonly maxClusters: number;
  private oldest = 0;

  constructor(program: Program, settings: Settings) {
    this.program = program;
    this.image = loadImage(program, '/usr/bin/constellation', 40);
    this.mapping = program.map('[anon:arena]', settings.number('size') * GIB_PAGES);
    this.maxClusters = settings.number('clusters');
    this.writes = settings.number('writes');
  }

  step(): void {
    const { program, image } = this;
    const { random } = program;
    program.write(image.stack, image.stack.pages - 2, 2);
    if (this.clusters.length < this.maxClusters || random.chance(1 / 8)) this.newCluster();
    for (let i = 0; i < this.writes; i++) {
      const cluster = this.clusters[random.below(this.clusters.length)];
      program.write(this.mapping, cluster + random.skewed(CLUSTER, 2));
    }
  }

  private newCluster(): void {
    const { program, mapping } = this;
    const cluster = program.random.below(Math.floor(mapping.pages / CLUSTER)) * CLUSTER;
    if (this.clusters.length < this.maxClusters) {
      this.clusters.push(cluster);
    } else {
      program.advise(mapping, this.clusters[this.oldest], CLUSTER, 'dontneed');
      this.clusters[this.oldest] = cluster;
      this.oldest = (this.oldest + 1) % this.maxClusters;
    }
    program.write(mapping, cluster, 4);
  }
}
