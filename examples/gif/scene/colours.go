package scene

// Colours is the number of colours of the scene. Up to 128 of them make codes of 8 bits in a GIF, one bit less than
// a full palette does.
const Colours = skyShades + 4*floorShades + ballShades

const (
	skyShades   = 24
	floorShades = 8
	ballShades  = 32
)

// Where the ranges of shades begin in the palette.
const (
	sky        = 0
	lightTiles = sky + skyShades
	darkTiles  = lightTiles + 2*floorShades
	ball       = darkTiles + 2*floorShades
	// In each of the two kinds of tiles those in the shadow of the ball follow those in the light.
	inShadow = floorShades
)

// Palette has red, green and blue of each colour. A test keeps all of them further apart than eyes can tell, so that
// an encoder that merges like colours leaves them as they are.
var Palette = palette()

func palette() [3 * Colours]byte {
	var colours [3 * Colours]byte
	shade := func(first, count int, from, to [3]int) {
		for step := range count {
			for channel := range 3 {
				value := from[channel] + (to[channel]-from[channel])*step/(count-1)
				colours[3*(first+step)+channel] = byte(value)
			}
		}
	}
	shade(sky, skyShades, [3]int{18, 32, 96}, [3]int{212, 228, 250})
	shade(lightTiles, floorShades, [3]int{190, 176, 150}, [3]int{255, 246, 214})
	shade(lightTiles+inShadow, floorShades, [3]int{86, 78, 64}, [3]int{144, 136, 104})
	shade(darkTiles, floorShades, [3]int{86, 118, 92}, [3]int{22, 84, 52})
	shade(darkTiles+inShadow, floorShades, [3]int{52, 72, 60}, [3]int{2, 24, 8})
	shade(ball, ballShades, [3]int{255, 230, 218}, [3]int{72, 0, 14})
	return colours
}
