/** What others measured: the figures of `../shared/DATA.md` ("Reference models", AP50 / AP50:95), by file name. */

export interface Yardstick {
  /** Objects: mean over the six classes on the 128 `val2017_*` images; faces: on the 100 images. */
  readonly ap50: number;
  readonly ap5095: number | null;
}

export const YARDSTICKS: Readonly<Record<string, Yardstick>> = {
  'yolox_nano_416.onnx': { ap50: 0.552, ap5095: 0.377 },
  'picodet_s_416.onnx': { ap50: 0.577, ap5095: 0.413 },
  'picodet_s_320.onnx': { ap50: 0.514, ap5095: 0.372 },
  'nanodet_m_416.onnx': { ap50: 0.524, ap5095: 0.297 },
  'fastestdet_352.onnx': { ap50: 0.421, ap5095: 0.222 },
  'yolo_fastestv2_352.onnx': { ap50: 0.36, ap5095: 0.205 },
  'yolov8n_int8_640.onnx': { ap50: 0.644, ap5095: 0.487 },
  'yunet_n_320_320.onnx': { ap50: 0.653, ap5095: null },
  'yunet_n_640_640.onnx': { ap50: 0.789, ap5095: null },
  'ultraface_rfb_320.onnx': { ap50: 0.617, ap5095: null },
  'scrfd_500m_kps_640.onnx': { ap50: 0.835, ap5095: null },
};
