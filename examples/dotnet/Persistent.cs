// The same blog's map of a file, found a second time by its name. Changed: one `using`, the file's name, which was
// e:\223.txt, and no key is waited for.
using System;
using System.IO;
using Mmview.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;

namespace ConsoleAppTwoIPC
{
    class Program
    {
        static void Main(string[] args)
        {
            string mapName = "global_share_memory";
            // A map of the file, and something written into it.
            var firstMapFile = MemoryMappedFile.CreateFromFile(@"223.txt", FileMode.Open, mapName);
            var accessor = firstMapFile.CreateViewAccessor(0, 0, MemoryMappedFileAccess.ReadWrite);
            string value = "A";
            byte[] data = System.Text.Encoding.UTF8.GetBytes(value);
            accessor.WriteArray(2, data, 0, data.Length);

            // The map that is there, by its name. This may as well be in another process.
            var secondMapFile = MemoryMappedFile.OpenExisting(mapName);
            using (var secondAccessor = secondMapFile.CreateViewAccessor(/*offset, length*/))
            {
                // Read what is in it.
                var bytes = new byte[1024];
                secondAccessor.ReadArray(0, bytes, 0, bytes.Length);
                secondAccessor.Dispose();
                string str = Encoding.UTF8.GetString(bytes);
                Console.WriteLine(str);
            }
            // Let go of both.
            firstMapFile.Dispose();
            secondMapFile.Dispose();
        }
    }
}
