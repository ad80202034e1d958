// Draws the pictures of the demo clip (scripts/make_demo_clip): a small cinema, the time on its screen.
(() => {
  const canvas = document.querySelector("canvas");
  const pen = canvas.getContext("2d", { alpha: false });
  const [W, H] = [canvas.width, canvas.height];
  const FACE = '"URW Gothic", "Century Gothic", "Avant Garde", "DejaVu Sans", sans-serif';
  const MIDDLE = { x: W / 2, y: 196 };
  const RING = 136;
  const RAIL = { left: 150, right: W - 150, y: 378 };
  // One reel every twelve seconds, each in its own light: a seek is seen at once.
  const LIGHTS = ["#ffbd59", "#ff8f6b", "#f577a0", "#b99bff", "#6fc3ff", "#7fdcaa"];
  const NIGHT = "#20162a";
  const SCREEN = "#2f243c";

  function background() {
    pen.fillStyle = NIGHT;
    pen.fillRect(0, 0, W, H);
    pen.fillStyle = SCREEN;
    pen.beginPath();
    pen.roundRect(88, 22, W - 176, 398, 14);
    pen.fill();
    for (const side of [0, 1]) {
      for (let fold = 0; fold < 4; fold += 1) {
        const x = side ? W - 22 - fold * 22 : fold * 22;
        const shade = pen.createLinearGradient(x, 0, x + 22, 0);
        shade.addColorStop(0, "#4a0f26");
        shade.addColorStop(0.5, "#8e1f3f");
        shade.addColorStop(1, "#5d142f");
        pen.fillStyle = shade;
        pen.beginPath();
        pen.roundRect(x, 0, 22, H - 16 - fold * 5, [0, 0, 10, 10]);
        pen.fill();
      }
    }
  }

  function audience() {
    pen.fillStyle = "#0a060c";
    for (let seat = 0; seat < 9; seat += 1) {
      const x = 75 + seat * 88;
      const lean = [0, 3, -4, 2, 0, -3, 4, -2, 1][seat];
      pen.beginPath();
      pen.ellipse(x + lean, H - 38 + (seat % 3) * 3, 17, 20, 0, 0, 2 * Math.PI);
      pen.fill();
      pen.beginPath();
      pen.roundRect(x - 34, H - 22 + (seat % 3) * 3, 68, 60, 22);
      pen.fill();
    }
    pen.fillRect(0, H - 6, W, 6);
  }

  function text(words, x, y, size, colour, { weight = 600, align = "center" } = {}) {
    pen.font = `${weight} ${size}px ${FACE}`;
    pen.textAlign = align;
    pen.textBaseline = "alphabetic";
    pen.fillStyle = colour;
    pen.fillText(words, x, y);
  }

  // Each digit in a cell of its own, so that the time does not tremble.
  function digits(words, x, y, size, cell, colour) {
    const widths = [...words].map((c) => (c === ":" ? cell * 0.5 : cell));
    let at = x - widths.reduce((sum, w) => sum + w, 0) / 2;
    [...words].forEach((c, i) => {
      text(c, at + widths[i] / 2, y, size, colour);
      at += widths[i];
    });
  }

  function arc(radius, part, width, colour) {
    pen.beginPath();
    pen.arc(MIDDLE.x, MIDDLE.y, radius, -Math.PI / 2, -Math.PI / 2 + part * 2 * Math.PI);
    pen.lineWidth = width;
    pen.lineCap = "butt";
    pen.strokeStyle = colour;
    pen.stroke();
  }

  function clock(frame, rate, light) {
    const second = Math.floor(frame / rate);
    const within = frame % rate;
    arc(RING, 1, 10, "#43354f");
    // Filled within the second, full with its last frame.
    arc(RING, (within + 1) / rate, 10, light);
    // A flash with the beep.
    const glow = Math.max(0, 1 - within / 4);
    if (glow > 0) {
      pen.globalAlpha = glow * 0.9;
      arc(RING + 13, 1, 4, light);
      pen.globalAlpha = 1;
    }
    const minutes = Math.floor(second / 60);
    const seconds = String(second % 60).padStart(2, "0");
    digits(`${minutes}:${seconds}`, MIDDLE.x, MIDDLE.y + 30, 96, 62, "#f6eff3");
    digits(String(within).padStart(2, "0"), MIDDLE.x, MIDDLE.y + 84, 36, 24, light);
  }

  function rail(frame, rate, light) {
    const width = RAIL.right - RAIL.left;
    pen.fillStyle = "#5a4a68";
    pen.fillRect(RAIL.left, RAIL.y - 1, width, 2);
    for (let tick = 0; tick <= 8; tick += 1) {
      const high = tick % 2 ? 7 : 13;
      pen.fillRect(RAIL.left + (width * tick) / 8 - 1, RAIL.y - high, 2, 2 * high);
    }
    const x = RAIL.left + (width * (frame % (4 * rate))) / (4 * rate);
    pen.fillStyle = light;
    pen.beginPath();
    pen.roundRect(x - 5, RAIL.y - 22, 10, 44, 5);
    pen.fill();
  }

  window.pictures = (from, count, rate, total) => {
    const urls = [];
    for (let frame = from; frame < from + count; frame += 1) {
      const reel = Math.min(LIGHTS.length - 1, Math.floor(frame / (rate * total) * LIGHTS.length));
      const light = LIGHTS[reel];
      background();
      text("WatchParty", 112, 58, 20, "#b6a9bb", { align: "left" });
      text(`Reel ${reel + 1} of ${LIGHTS.length}`, W - 112, 58, 20, light, { align: "right" });
      clock(frame, rate, light);
      rail(frame, rate, light);
      audience();
      urls.push(canvas.toDataURL("image/png"));
    }
    return urls;
  };
})();
