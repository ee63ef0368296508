// Sets the byte that FlagTest1 waits for.
using System;
using Mmview.IO.MemoryMappedFiles;

MemoryMappedFile mmf = MemoryMappedFile.OpenExisting("mmftest", MemoryMappedFileRights.ReadWrite);
using (MemoryMappedViewAccessor flag = mmf.CreateViewAccessor(0, 1))
    flag.Write(0, true);
mmf.Dispose();
Console.WriteLine("Test2 has set the flag.");
