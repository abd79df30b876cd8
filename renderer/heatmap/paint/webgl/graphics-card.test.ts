import { describe, expect, it } from 'vitest';
import { isSoftware } from './graphics-card.ts';

describe('the name that a driver reports', () => {
  it.each([
    'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)',
    'llvmpipe (LLVM 15.0.6, 256 bits)',
    'Mesa/X.org, softpipe',
    'ANGLE (Microsoft, Microsoft Basic Render Driver (0x0000008C) Direct3D11 vs_5_0 ps_5_0, D3D11)',
    'Apple Software Renderer',
  ])('recognises software: %s', (name) => {
    expect(isSoftware(name)).toBe(true);
  });

  it.each([
    'ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)',
    'ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0, D3D11)',
    'ANGLE (Apple, ANGLE Metal Renderer: Apple M2, Unspecified Version)',
    'AMD Radeon RX 6600 (radeonsi, navi23, LLVM 15.0.6, DRM 3.54)',
  ])('from a graphics card: %s', (name) => {
    expect(isSoftware(name)).toBe(false);
  });
});
