// Package scene is what the animation shows: a ball that bounces over a floor of tiles. All of it is whole numbers of
// at most 31 bits, so that every compiler and every machine draws the same.
package scene

// View is one frame of the animation at one size.
type View struct {
	width, height int
	// The first row of the floor.
	horizon int
	// How far the tiles have come, in 1/256 of a tile. Two tiles are one turn.
	scroll int
	// The ball: centre, radius, and where its highlight is, as seen from the centre.
	x, y, radius, light int
	// Shades of the ball for one unit of squared distance from its highlight, in 1/2^20.
	shading int
	// The shadow: centre and half of its size.
	shadowX, shadowY, shadowWidth, shadowHeight int
}

// At returns one frame of so many, of which the last one leads to the first. Sizes are from 1 to 1024 pixels.
func At(width, height, frame, frames int) View {
	v := View{width: width, height: height, horizon: height * 5 / 8}
	// From 0 to 1023 in the course of the animation.
	turn := frame * 1024 / frames
	v.scroll = turn / 2

	v.radius = max(1, min(width, height)/5)
	v.light = -v.radius / 3
	reach := v.radius - v.light*3/2 + 1
	v.shading = (ballShades << 20) / (reach*reach + 1)

	// To the right and back, slower at both ends.
	sway := turn * 2
	if sway > 1023 {
		sway = 2047 - sway
	}
	eased := sway * sway / 1024 * (3*1024 - 2*sway) / 1024
	v.x = v.radius + (width-2*v.radius)*eased/1024

	// Two jumps, each of them a parabola.
	jump := turn * 2 % 1024
	above := jump * (1023 - jump) / 256
	ground := height - height/8
	v.y = ground - v.radius - (ground-2*v.radius)*above/1024

	v.shadowX, v.shadowY = v.x, ground
	v.shadowWidth = max(1, v.radius-v.radius*above/2048)
	v.shadowHeight = max(1, v.shadowWidth/4)
	return v
}

// Pixel returns the colour at a place, as its number in Palette.
func (v *View) Pixel(x, y int) byte {
	fromX, fromY := x-v.x, y-v.y
	if fromX*fromX+fromY*fromY <= v.radius*v.radius {
		return v.ballAt(fromX, fromY)
	}
	if y < v.horizon {
		return v.skyAt(y)
	}
	tiles := v.tilesAt(y - v.horizon)
	if tiles.isDark(x) {
		return tiles.dark + v.shadowAt(x, y)
	}
	return tiles.light + v.shadowAt(x, y)
}

func (v *View) ballAt(fromX, fromY int) byte {
	toX, toY := fromX-v.light, fromY-v.light
	return ball + byte((toX*toX+toY*toY)*v.shading>>20)
}

func (v *View) skyAt(y int) byte {
	return sky + byte(y*skyShades/v.horizon)
}

// inShadow or 0.
func (v *View) shadowAt(x, y int) byte {
	fromX, fromY := x-v.shadowX, y-v.shadowY
	if fromX < -v.shadowWidth || fromX > v.shadowWidth || fromY < -v.shadowHeight || fromY > v.shadowHeight {
		return 0
	}
	if !v.isShadow(fromX, fromY) {
		return 0
	}
	return inShadow
}

// Within the rectangle around the shadow only: beyond it the numbers grow too large.
func (v *View) isShadow(fromX, fromY int) bool {
	across, along := fromX*v.shadowHeight, fromY*v.shadowWidth
	size := v.shadowWidth * v.shadowHeight
	return across*across+along*along <= size*size
}

// tileRow is the floor along one row of pixels.
type tileRow struct {
	// Pixels from one tile to the next.
	size int
	// What makes the distance from the left of the picture a positive one from the left of a tile.
	shift int
	// The colours in the light: where the shades of this row are.
	light, dark byte
}

func (v *View) tilesAt(row int) tileRow {
	rows := v.height - v.horizon
	tiles := tileRow{size: 3 + row*(v.width/4)/rows}
	// An even number of tiles, which is more than half of the widest picture.
	tiles.shift = 1024*tiles.size - v.width/2
	shade := byte(row * floorShades / rows)
	tiles.light, tiles.dark = lightTiles+shade, darkTiles+shade
	if depth := 512*rows/(row+rows/8+1) + v.scroll; depth/256%2 == 1 {
		tiles.light, tiles.dark = tiles.dark, tiles.light
	}
	return tiles
}

func (t *tileRow) isDark(x int) bool {
	return (x+t.shift)/t.size%2 == 1
}
