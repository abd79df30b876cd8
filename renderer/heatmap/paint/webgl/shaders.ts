import { Plane } from '#shared/memory/plane.ts';
import { HEAT_SHADER, RAMP } from '../colour-maps.ts';
import { ENTRY_PLANES, GROUP_WORDS, MAPPED } from '../../rows/packed-row.ts';
import { SWATCHES, swatchIndex } from '../palette.ts';
import { RowFlag } from '../../rows/row-batch.ts';
import { LINE_FROM } from '../scene.ts';

/** Integers of an instance: y, height, first column, end column, left, right, flags, row of the atlas. */
export const INSTANCE_INTS = 8;

export const VERTEX = `#version 300 es
in ivec4 a_place; // y, height, first column, end column
in ivec4 a_row;   // left, right, flags, row of the atlas
uniform vec2 u_size;
flat out ivec4 v_place;
flat out ivec2 v_row;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 at = vec2(mix(float(a_row.x), float(a_row.y), corner.x), float(a_place.x) + corner.y * float(a_place.y));
  gl_Position = vec4(at / u_size * vec2(2, -2) + vec2(-1, 1), 0, 1);
  v_place = a_place;
  v_row = a_row.zw;
}`;

const test = (plane: number): string => `(mask & ${1 << plane}u) != 0u`;
const swatch = (name: keyof typeof swatchIndex): string => `look(${swatchIndex[name]})`;

/** The same rules as in raster.ts, in the same order. */
export const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D u_columns;
uniform usampler2D u_planes;
uniform usampler2D u_times;
uniform sampler2D u_palette;
uniform int u_height;
uniform int u_above;
uniform bool u_hold;
uniform uint u_now;
flat in ivec4 v_place;
flat in ivec2 v_row;
out vec4 colour;

vec4 look(int i) { return texelFetch(u_palette, ivec2(i, 0), 0); }

void main() {
  int x = int(gl_FragCoord.x);
  int y = u_height - 1 - int(gl_FragCoord.y);
  if (v_place.y >= ${LINE_FROM} && y == v_place.x + v_place.y - 1) discard;
  // Patterns repeat from the map's top.
  y += u_above;
  uint entry = texelFetch(u_columns, ivec2(x, 0), 0).r;
  if ((entry >> 31) == 1u) discard;
  int begin = int(entry & 1023u);
  int end = int((entry >> 10) & 1023u);
  if (begin >= v_place.w || end <= v_place.z || begin >= end) discard;
  uint mask = 0u;
  uint time = 0u;
  if (v_row.y >= 0) {
    for (int column = begin; column < end; column++) {
      int texel = (column >> 5) * ${GROUP_WORDS / 4};
      int shift = column & 31;
      uvec4 low = (texelFetch(u_planes, ivec2(texel, v_row.y), 0) >> shift) & 1u;
      uvec4 high = (texelFetch(u_planes, ivec2(texel + 1, v_row.y), 0) >> shift) & 1u;
      uvec4 more = (texelFetch(u_planes, ivec2(texel + 2, v_row.y), 0) >> shift) & 1u;
      mask |= low.x | low.y << 1 | low.z << 2 | low.w << 3 | high.x << 4 | high.y << 5 | high.z << 6 | high.w << 7
        | more.x << 8 | more.y << 9 | more.z << 10;
      time = max(time, texelFetch(u_times, ivec2(column, v_row.y), 0).r);
    }
  }
  if ((v_row.x & ${RowFlag.Joined}) != 0 && !(${test(MAPPED)})) discard;
  bool hot = ${test(Plane.Hot)};
  if (hot && ((x >> 1) + (y >> 1)) % 2 == 0) {
    colour = ${swatch('hotMark')};
    return;
  }
  if (hot || (u_hold ? ${test(Plane.Written)} : time > 0u)) {
    float heat = 0.0;
    if (time > 0u) {
      float age = time - 1u > u_now ? 0.0 : float(u_now - (time - 1u));
      heat = clamp(1.0 - log(1.0 + age / ${HEAT_SHADER.tau.toFixed(1)}) * ${HEAT_SHADER.scale}, 0.0, 1.0);
    }
    colour = look(${SWATCHES.length} + int(heat * ${(RAMP - 1).toFixed(1)} + 0.5));
    return;
  }
  if (${test(Plane.Touched)}) {
    colour = y % 4 == 0 ? ${swatch('touchedMark')} : ${swatch('touched')};
    return;
  }
  if (${test(Plane.Gone)}) {
    colour = x % 4 == y % 4 && x % 2 == 0 ? ${swatch('goneMark')} : ${swatch('gone')};
    return;
  }
  bool newHole = (v_row.x & ${RowFlag.SoftDirty}) != 0 && (mask & ${ENTRY_PLANES}u) == 0u;
  if (newHole || ${test(Plane.Fresh)}) colour = (x + y) % 6 < 2 ? ${swatch('freshMark')} : ${swatch('fresh')};
  else if (${test(Plane.Swapped)}) colour = x % 3 == 0 && y % 3 == 0 ? ${swatch('swappedMark')} : ${swatch('swapped')};
  else if (${test(Plane.Guard)}) colour = x % 4 == 0 ? ${swatch('guardMark')} : ${swatch('guard')};
  else if ((v_row.x & ${RowFlag.Untracked}) != 0 && (x - y + 65538) % 6 == 0) colour = ${swatch('hatch')};
  else if (${test(Plane.Zero)}) colour = ${swatch('zero')};
  else if (${test(Plane.Present)}) colour = ${swatch('present')};
  else colour = ${swatch('untouched')};
}`;
