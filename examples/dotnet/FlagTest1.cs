// Makes mmf.data, lends it by name, and waits until somebody sets a byte of it: FlagTest2. From a page of which two
// lines of code are left.
using System;
using System.IO;
using System.Threading;
using Mmview.IO.MemoryMappedFiles;

string filePath = @"mmf.data";
using MemoryMappedFile mmf = MemoryMappedFile.CreateFromFile(filePath, FileMode.OpenOrCreate, "mmftest", 1024);
using MemoryMappedViewAccessor flag = mmf.CreateViewAccessor(0, 1);
Console.WriteLine("Test1 waits for the flag.");
while (!flag.ReadBoolean(0))
    Thread.Sleep(10);
Console.WriteLine("Test1 has seen the flag.");
