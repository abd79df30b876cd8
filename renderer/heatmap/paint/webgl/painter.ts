import type { Palette } from '../palette.ts';
import { PATTERN_LINES } from '../styles.ts';
import type { Painter, PaintStats, Scene } from '../scene.ts';
import { Atlas, nearest } from './atlas.ts';
import { linkProgram } from './program.ts';
import { FRAGMENT, INSTANCE_INTS, VERTEX } from './shaders.ts';

const UNIFORMS = [
  'u_size',
  'u_height',
  'u_above',
  'u_hold',
  'u_now',
  'u_columns',
  'u_planes',
  'u_times',
  'u_palette',
] as const;
type UniformName = (typeof UNIFORMS)[number];
const ROW_AT = INSTANCE_INTS - 1;

/**
 * Paints with one instanced quad a row; what a page looks like, its heat included, is computed on the graphics card
 * from atlases of planes and times, so that a still program sends nothing.
 */
export class WebGlPainter implements Painter {
  readonly name = 'WebGL2';
  private readonly gl: WebGL2RenderingContext;
  private readonly program: WebGLProgram;
  private readonly uniforms: Record<UniformName, WebGLUniformLocation | null>;
  private readonly atlases: Record<'tiles' | 'strips', Atlas>;
  private readonly columns: WebGLTexture;
  private readonly colours: WebGLTexture;
  private readonly buffer: WebGLBuffer;
  private instances = new Int32Array(INSTANCE_INTS * 1024);
  private sentColumns: Uint32Array | null = null;
  private sentPalette: Palette | null = null;

  /** Throws if the program cannot be built; the caller then paints with Canvas 2D. */
  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.program = linkProgram(gl, VERTEX, FRAGMENT);
    this.uniforms = Object.fromEntries(
      UNIFORMS.map((name) => [name, gl.getUniformLocation(this.program, name)]),
    ) as Record<UniformName, WebGLUniformLocation | null>;
    this.atlases = { tiles: new Atlas(gl), strips: new Atlas(gl) };
    this.columns = gl.createTexture();
    this.colours = gl.createTexture();
    this.buffer = gl.createBuffer();
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    const place = gl.getAttribLocation(this.program, 'a_place');
    const row = gl.getAttribLocation(this.program, 'a_row');
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    for (const [at, size, offset] of [
      [place, 4, 0],
      [row, 4, 16],
    ] as const) {
      gl.enableVertexAttribArray(at);
      gl.vertexAttribIPointer(at, size, gl.INT, INSTANCE_INTS * 4, offset);
      gl.vertexAttribDivisor(at, 1);
    }
  }

  paint(scene: Scene): PaintStats {
    const { gl, uniforms } = this;
    const { rows, bank, palette } = scene;
    const atlas = this.atlases[bank.kind];
    if (this.instances.length < rows.count * INSTANCE_INTS) {
      this.instances = new Int32Array(rows.y.length * INSTANCE_INTS);
    }
    gl.activeTexture(gl.TEXTURE0);
    const uploaded = atlas.update(bank, rows, this.instances.subarray(ROW_AT), INSTANCE_INTS);
    this.fillInstances(scene);
    this.sendTables(scene);

    gl.viewport(0, 0, scene.width, scene.height);
    const [r, g, b] = palette.swatches.canvas;
    gl.clearColor(r / 255, g / 255, b / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (rows.count === 0) return { uploaded, rows: 0 };
    gl.useProgram(this.program);
    gl.uniform2f(uniforms.u_size, scene.width, scene.height);
    gl.uniform1i(uniforms.u_height, scene.height);
    gl.uniform1i(uniforms.u_above, scene.above % PATTERN_LINES);
    gl.uniform1i(uniforms.u_hold, scene.hold ? 1 : 0);
    gl.uniform1ui(uniforms.u_now, Math.max(0, Math.round(scene.now)));
    const textures = [
      [uniforms.u_columns, this.columns],
      [uniforms.u_planes, atlas.planes],
      [uniforms.u_times, atlas.times],
      [uniforms.u_palette, this.colours],
    ] as const;
    textures.forEach(([uniform, texture], unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform1i(uniform, unit);
    });
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, rows.count);
    return { uploaded, rows: rows.count };
  }

  read(x: number, y: number, width: number, height: number): Uint8Array {
    const { gl } = this;
    const bottomUp = new Uint8Array(width * height * 4);
    const bottom = gl.drawingBufferHeight - y - height;
    gl.readPixels(x, bottom, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bottomUp);
    const pixels = new Uint8Array(bottomUp.length);
    for (let row = 0; row < height; row++) {
      const from = (height - 1 - row) * width * 4;
      pixels.set(bottomUp.subarray(from, from + width * 4), row * width * 4);
    }
    return pixels;
  }

  dispose(): void {
    const { gl } = this;
    this.atlases.tiles.dispose();
    this.atlases.strips.dispose();
    gl.deleteTexture(this.columns);
    gl.deleteTexture(this.colours);
    gl.deleteBuffer(this.buffer);
    gl.deleteProgram(this.program);
  }

  private fillInstances({ rows, width, origin, column }: Scene): void {
    const { gl, instances } = this;
    for (let i = 0, at = 0; i < rows.count; i++, at += INSTANCE_INTS) {
      const from = rows.from[i] ?? 0;
      const to = rows.to[i] ?? 0;
      instances[at] = rows.y[i] ?? 0;
      instances[at + 1] = rows.height[i] ?? 0;
      instances[at + 2] = from;
      instances[at + 3] = to;
      // A pixel more on each side: which pixels show the columns is decided by the table.
      instances[at + 4] = Math.max(0, Math.floor(origin + from * column) - 1);
      instances[at + 5] = Math.min(width, Math.ceil(origin + to * column) + 1);
      instances[at + 6] = rows.flags[i] ?? 0;
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, instances.subarray(0, rows.count * INSTANCE_INTS), gl.DYNAMIC_DRAW);
  }

  private sendTables({ columns, width, palette }: Scene): void {
    const { gl } = this;
    if (columns !== this.sentColumns) {
      this.sentColumns = columns;
      nearest(gl, this.columns);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32UI, width, 1, 0, gl.RED_INTEGER, gl.UNSIGNED_INT, columns);
    }
    if (palette !== this.sentPalette) {
      this.sentPalette = palette;
      nearest(gl, this.colours);
      const bytes = new Uint8Array(
        palette.pixels.buffer,
        palette.pixels.byteOffset,
        palette.pixels.byteLength,
      );
      gl.texImage2D(
        gl.TEXTURE_2D,
        0,
        gl.RGBA8,
        palette.pixels.length,
        1,
        0,
        gl.RGBA,
        gl.UNSIGNED_BYTE,
        bytes,
      );
    }
  }
}

/** A context as the painter wants it, or null if there is no WebGL2. */
export function webGlContext(canvas: HTMLCanvasElement): WebGL2RenderingContext | null {
  return canvas.getContext('webgl2', {
    alpha: false,
    antialias: false,
    depth: false,
    stencil: false,
    preserveDrawingBuffer: false,
  });
}
