module several

go 1.24
