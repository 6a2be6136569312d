;; The planes of a small picture (I420, 8 bits) into three planes of floats, eight pixels at a time with 128-bit vectors. It says the same as
;; writeColours in small-picture.ts: Y'CbCr of JFIF (ITU-T T.871, clause 7: BT.601, full range), then  value * scale + shift . One function for
;; a colour, called three times, took 1.5 times as long, one for four values 1.8 times. vector-fill.wasm is this text, which its test proves.
(module
  (import "picture" "memory" (memory 1))

  ;; Addresses and lengths in bytes. `width` is even and at least 8: where it is no multiple of 8, the last eight of a row overlap those before.
  (func (export "write")
    (param $width i32) (param $height i32) (param $luma i32) (param $blues i32) (param $reds i32)
    (param $toRed i32) (param $toGreen i32) (param $toBlue i32) (param $rowBytes i32)
    (param $redScale f32) (param $redShift f32) (param $greenScale f32) (param $greenShift f32) (param $blueScale f32) (param $blueShift f32)
    (local $chromaWidth i32) (local $last i32) (local $x i32) (local $y i32) (local $at i32)
    (local $light v128) (local $light0 v128) (local $light1 v128) (local $cb v128) (local $cr v128) (local $r v128) (local $g v128) (local $b v128)
    (local $rScale v128) (local $rShift v128) (local $gScale v128) (local $gShift v128) (local $bScale v128) (local $bShift v128)
    (local.set $rScale (f32x4.splat (local.get $redScale)))     (local.set $rShift (f32x4.splat (local.get $redShift)))
    (local.set $gScale (f32x4.splat (local.get $greenScale)))   (local.set $gShift (f32x4.splat (local.get $greenShift)))
    (local.set $bScale (f32x4.splat (local.get $blueScale)))    (local.set $bShift (f32x4.splat (local.get $blueShift)))
    (local.set $chromaWidth (i32.shr_u (local.get $width) (i32.const 1)))
    (local.set $last (i32.sub (local.get $width) (i32.const 8)))

    (loop $row
      (local.set $x (i32.const 0))
      (loop $block
        ;; The chroma of four pairs of pixels, and what it adds to each colour.
        (local.set $cb (f32x4.convert_i32x4_s (i32x4.sub
          (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (i32.add (local.get $blues) (i32.shr_u (local.get $x) (i32.const 1))))))
          (v128.const i32x4 128 128 128 128))))
        (local.set $cr (f32x4.convert_i32x4_s (i32x4.sub
          (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (i32.add (local.get $reds) (i32.shr_u (local.get $x) (i32.const 1))))))
          (v128.const i32x4 128 128 128 128))))
        (local.set $r (f32x4.mul (local.get $cr) (v128.const f32x4 1.402 1.402 1.402 1.402)))
        (local.set $g (f32x4.add
          (f32x4.mul (local.get $cb) (v128.const f32x4 -0.344136 -0.344136 -0.344136 -0.344136))
          (f32x4.mul (local.get $cr) (v128.const f32x4 -0.714136 -0.714136 -0.714136 -0.714136))))
        (local.set $b (f32x4.mul (local.get $cb) (v128.const f32x4 1.772 1.772 1.772 1.772)))

        ;; The light of eight pixels, in two fours.
        (local.set $light (v128.load64_zero (i32.add (local.get $luma) (local.get $x))))
        (local.set $light (i16x8.extend_low_i8x16_u (local.get $light)))
        (local.set $light0 (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (local.get $light))))
        (local.set $light1 (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (local.get $light))))

        (local.set $at (i32.shl (local.get $x) (i32.const 2)))
        ;; pmax and pmin are one instruction of the machine; max and min are several, for NaNs that cannot be here.
        (v128.store (i32.add (local.get $toRed) (local.get $at)) (f32x4.add (local.get $rShift) (f32x4.mul (local.get $rScale)
          (f32x4.pmin (f32x4.pmax (f32x4.add (local.get $light0) (i8x16.shuffle 0 1 2 3 0 1 2 3 4 5 6 7 4 5 6 7 (local.get $r) (local.get $r))) (v128.const f32x4 0 0 0 0)) (v128.const f32x4 255 255 255 255)))))
        (v128.store offset=16 (i32.add (local.get $toRed) (local.get $at)) (f32x4.add (local.get $rShift) (f32x4.mul (local.get $rScale)
          (f32x4.pmin (f32x4.pmax (f32x4.add (local.get $light1) (i8x16.shuffle 8 9 10 11 8 9 10 11 12 13 14 15 12 13 14 15 (local.get $r) (local.get $r))) (v128.const f32x4 0 0 0 0)) (v128.const f32x4 255 255 255 255)))))
        (v128.store (i32.add (local.get $toGreen) (local.get $at)) (f32x4.add (local.get $gShift) (f32x4.mul (local.get $gScale)
          (f32x4.pmin (f32x4.pmax (f32x4.add (local.get $light0) (i8x16.shuffle 0 1 2 3 0 1 2 3 4 5 6 7 4 5 6 7 (local.get $g) (local.get $g))) (v128.const f32x4 0 0 0 0)) (v128.const f32x4 255 255 255 255)))))
        (v128.store offset=16 (i32.add (local.get $toGreen) (local.get $at)) (f32x4.add (local.get $gShift) (f32x4.mul (local.get $gScale)
          (f32x4.pmin (f32x4.pmax (f32x4.add (local.get $light1) (i8x16.shuffle 8 9 10 11 8 9 10 11 12 13 14 15 12 13 14 15 (local.get $g) (local.get $g))) (v128.const f32x4 0 0 0 0)) (v128.const f32x4 255 255 255 255)))))
        (v128.store (i32.add (local.get $toBlue) (local.get $at)) (f32x4.add (local.get $bShift) (f32x4.mul (local.get $bScale)
          (f32x4.pmin (f32x4.pmax (f32x4.add (local.get $light0) (i8x16.shuffle 0 1 2 3 0 1 2 3 4 5 6 7 4 5 6 7 (local.get $b) (local.get $b))) (v128.const f32x4 0 0 0 0)) (v128.const f32x4 255 255 255 255)))))
        (v128.store offset=16 (i32.add (local.get $toBlue) (local.get $at)) (f32x4.add (local.get $bShift) (f32x4.mul (local.get $bScale)
          (f32x4.pmin (f32x4.pmax (f32x4.add (local.get $light1) (i8x16.shuffle 8 9 10 11 8 9 10 11 12 13 14 15 12 13 14 15 (local.get $b) (local.get $b))) (v128.const f32x4 0 0 0 0)) (v128.const f32x4 255 255 255 255)))))

        ;; On to the next eight, or back to the last eight of the row, or out.
        (if (i32.lt_s (local.get $x) (local.get $last)) (then
          (local.set $x (select (i32.add (local.get $x) (i32.const 8)) (local.get $last) (i32.le_s (i32.add (local.get $x) (i32.const 8)) (local.get $last))))
          (br $block))))
      (local.set $luma (i32.add (local.get $luma) (local.get $width)))
      (local.set $toRed (i32.add (local.get $toRed) (local.get $rowBytes)))
      (local.set $toGreen (i32.add (local.get $toGreen) (local.get $rowBytes)))
      (local.set $toBlue (i32.add (local.get $toBlue) (local.get $rowBytes)))
      ;; Two rows share their chroma.
      (if (i32.and (local.get $y) (i32.const 1)) (then
        (local.set $blues (i32.add (local.get $blues) (local.get $chromaWidth)))
        (local.set $reds (i32.add (local.get $reds) (local.get $chromaWidth)))))
      (local.set $y (i32.add (local.get $y) (i32.const 1)))
      (br_if $row (i32.lt_u (local.get $y) (local.get $height))))))
