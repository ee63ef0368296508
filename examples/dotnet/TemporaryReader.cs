// The reader for TemporaryWriter: in the blog it is C++ and maps another view each second, without end.
using System;
using System.IO;
using System.Text;
using System.Threading;
using Mmview.IO.MemoryMappedFiles;

int times = args.Length > 0 ? int.Parse(args[0]) : int.MaxValue;
try
{
    using MemoryMappedFile memory = MemoryMappedFile.OpenExisting("global_share_memory", MemoryMappedFileRights.Read);
    using MemoryMappedViewAccessor view = memory.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    byte[] bytes = new byte[view.Capacity];
    for (int i = 0; i < times; i++)
    {
        view.ReadArray(0, bytes, 0, bytes.Length);
        string text = Encoding.UTF8.GetString(bytes, 0, Array.IndexOf(bytes, (byte)0));
        Console.WriteLine("The shared memory says: " + text);
        if (i + 1 < times)
            Thread.Sleep(1000);
    }
}
catch (FileNotFoundException)
{
    Console.WriteLine("There is no shared memory.");
}
