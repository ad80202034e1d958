// @ts-check
/** Beyond this the line leaves the picture, in ms. */
const FLOOR = 20;

/**
 * Draws the drift of the last minute; the band is what nobody corrects.
 * @param {HTMLCanvasElement} canvas
 * @param {readonly (number | null)[]} values ms, oldest first; null where nothing was measured
 * @param {{line: string, band: string, zero: string, text: string, dead: number}} look colours, and the band's half width in ms
 */
export function drawDrift(canvas, values, { line, band, zero, text, dead }) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const scale = window.devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.scale(scale, scale);
  const known = values.filter((value) => value !== null).map(Math.abs);
  const most = Math.max(FLOOR, ...known) * 1.15;
  const y = (/** @type {number} */ ms) => height / 2 - (ms / most) * (height / 2);
  context.fillStyle = band;
  context.fillRect(0, y(dead), width, y(-dead) - y(dead));
  context.strokeStyle = zero;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, y(0));
  context.lineTo(width, y(0));
  context.stroke();
  context.strokeStyle = line;
  context.lineWidth = 1.75;
  context.lineJoin = "round";
  context.beginPath();
  let pen = false;
  values.forEach((value, i) => {
    if (value === null) {
      pen = false;
      return;
    }
    const x = (i / Math.max(1, values.length - 1)) * width;
    if (pen) context.lineTo(x, y(value));
    else context.moveTo(x, y(value));
    pen = true;
  });
  context.stroke();
  context.fillStyle = text;
  context.font = "12px ui-monospace, monospace";
  context.fillText(`+${Math.round(most)} ms`, 8, 16);
  context.fillText(`−${Math.round(most)} ms`, 8, height - 8);
}
