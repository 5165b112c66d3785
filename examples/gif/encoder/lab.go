package encoder

import "math"

// JustNoticeable is the distance (CIE76: Euclid's in L*a*b*) below which two colours look the same.
const JustNoticeable = 2.3

// lab is a colour in CIE L*a*b*, seen under the white of sRGB (D65).
type lab struct {
	lightness, a, b float64
}

func labOf(rgb [3]byte) lab {
	red, green, blue := light[rgb[0]], light[rgb[1]], light[rgb[2]]
	// CIE XYZ in parts of that of white.
	x := sensation(0.4339499*red + 0.3762098*green + 0.1898403*blue)
	y := sensation(0.2126729*red + 0.7151522*green + 0.0721750*blue)
	z := sensation(0.0177566*red + 0.1094680*green + 0.8727754*blue)
	return lab{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// sensation is the cube root, and a line where that is too steep.
func sensation(part float64) float64 {
	if part > 216.0/24389 {
		return math.Cbrt(part)
	}
	return (24389.0/27*part + 16) / 116
}

func (l *lab) squaredDistance(other *lab) float64 {
	lightness, a, b := l.lightness-other.lightness, l.a-other.a, l.b-other.b
	return lightness*lightness + a*a + b*b
}
