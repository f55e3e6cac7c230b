/** What a renderer calls itself when it draws on the processor. There WebGL is several times slower than the DOM. */
const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;

let answer: boolean | undefined;

/** Whether WebGL runs on a graphics card here. */
export function hasGraphicsCard(): boolean {
  if (answer !== undefined) return answer;
  const gl = document.createElement('canvas').getContext('webgl2');
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  const name: unknown =
    info === null || info === undefined ? undefined : gl?.getParameter(info.UNMASKED_RENDERER_WEBGL);
  answer = typeof name === 'string' && !SOFTWARE.test(name);
  // A context of its own would count against the few a browser allows.
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return answer;
}
