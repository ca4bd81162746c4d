// A photo from the camera.

import { button, h } from "./dom";
import { t } from "./texts";

/** Shows what the camera sees; gives a photo, or null if the person goes back. Fails if there is no camera or no permission. */
export async function photo(): Promise<Blob | null> {
    if (!("mediaDevices" in navigator)) throw new Error(t().errors.camera);
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } }).catch(() => {
        throw new Error(t().errors.camera);
    });
    const video = h("video", { autoplay: true, playsinline: true, muted: true });
    video.srcObject = stream;
    let taken: Promise<Blob | null> = Promise.resolve(null);
    const take = (): void => {
        const sheet = new OffscreenCanvas(video.videoWidth, video.videoHeight);
        sheet.getContext("2d")?.drawImage(video, 0, 0);
        taken = sheet.convertToBlob({ type: "image/jpeg", quality: 0.92 });
        dialog.close();
    };
    const dialog = h(
        "dialog",
        { class: "camera", "aria-label": () => t().draw.camera },
        video,
        h("p", { class: "row" }, button(() => t().draw.take, take, { class: "main" }), button(() => t().draw.back, () => dialog.close())),
    );
    document.body.append(dialog);
    dialog.showModal();
    await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
    for (const track of stream.getTracks()) track.stop();
    dialog.remove();
    return taken;
}
