/** Renderers that compute on the processor: SwiftShader (Chromium), llvmpipe and softpipe (Mesa), WARP (Windows). */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

let known: boolean | null = null;

/** Whether WebGL2 is computed by a graphics card. Asked once: a probe costs a context. */
export function hasGraphicsCard(): boolean {
  known ??= probe();
  return known;
}

function probe(): boolean {
  const gl = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (!gl) return false;
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer: unknown = gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return !isSoftware(String(renderer));
}

/** @param renderer what the driver calls itself, such as "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device …))" */
export function isSoftware(renderer: string): boolean {
  return SOFTWARE.test(renderer);
}
