// Two steps: numbers are written, and their sum is made of them.
process numbers {
  output: path 'numbers.txt'
  script: "seq 1 10 > numbers.txt"
}

process sum {
  input: path 'numbers.txt'
  output: stdout
  script: '''awk '{ total += $1 } END { print "the sum is " total }' numbers.txt'''
}

workflow {
  numbers | sum | view
}
