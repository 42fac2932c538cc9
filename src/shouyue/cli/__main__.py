from shouyue.cli import main

main()
