// Pictures from the camera or from files. They are made smaller here, so that a photograph of 12 megapixels is sent in a
// moment, and so that all can be read that this browser can open.
const SIDE = 1024;  // pixels of a picture's long side, at most
// Without HEIC in its list, Safari turns it into JPEG. For the list alone, Chrome on Android 14 shows no camera.
const HTML = `<style>@media not all and (pointer:coarse) {.camera {display:none}}</style><div class="buttons">
<button type="button" class="camera">Take a photograph</button><input type="file" accept="image/*" capture="environment" hidden>
<button type="button">Choose pictures</button><input type="file" accept="image/jpeg,image/png,image/webp,image/gif,image/bmp" multiple hidden>
</div><p role="status"></p>`;

async function shrink(file, most) {
  const bitmap = await createImageBitmap(file), longest = Math.max(bitmap.width, bitmap.height);
  if (longest <= SIDE && file.size <= most) return file;
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d"), scale = Math.min(1, SIDE / longest);
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const save = (...way) => new Promise((done) => canvas.toBlob(done, ...way));
  if (file.type !== "image/jpeg") {
    const exact = await save("image/png");
    if (exact.size <= most) return exact;
    pen.globalCompositeOperation = "destination-over";  // JPEG is never transparent
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }
  const fine = await save("image/jpeg", 0.9);
  return fine.size <= most ? fine : save("image/jpeg", 0.5);
}

// What this browser cannot open is sent as it is where it is small, and else empty: the answer says what is wrong.
async function read(file, most) {
  const small = await shrink(file, most).catch(() => file), reader = new FileReader();
  await new Promise((done) => { reader.onloadend = done; reader.readAsDataURL(small.size <= most ? small : new Blob()); });
  return {name: file.name.slice(0, 100), data: reader.result?.split(",")[1] ?? ""};
}

export default function ({parentElement, data, setTriggerValue}) {
  const place = parentElement.querySelector(".pictures");
  if (!place.firstChild) place.innerHTML = HTML;
  const status = place.querySelector("[role=status]"), {most, bytes} = data;
  if (status.dataset.answered !== String(data.answered)) status.textContent = status.dataset.note ?? "";
  Object.assign(status.dataset, {answered: data.answered, note: ""});
  for (const button of place.querySelectorAll("button")) {
    const input = button.nextElementSibling;
    button.onclick = () => input.click();
    input.onchange = async () => {
      const chosen = [...input.files];
      input.value = "";
      status.textContent = "Reading …";
      if (chosen.length > most) status.dataset.note = `The first ${most} of ${chosen.length} are read. Choose the others afterwards.`;
      const pictures = [];
      for (const file of chosen.slice(0, most)) pictures.push(await read(file, bytes));
      setTriggerValue("chosen", pictures);
    };
  }
}
