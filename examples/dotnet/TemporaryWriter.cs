// A blog's writer of shared memory: a text every 10 seconds, for a reader that finds it by name. Changed: one
// `using`, and the times, which an argument says in milliseconds; a second argument is how many texts there are.
using System;
using System.IO;
using Mmview.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace ConsoleAppTwoIPC
{
    class Program
    {
        static void Main(string[] args)
        {
            int pause = args.Length > 0 ? int.Parse(args[0]) : 10000;
            int most = args.Length > 1 ? int.Parse(args[1]) : int.MaxValue;
            int size = 1024;
            // Gone when the last process that uses it has ended.
            MemoryMappedFile shareMemory =
            MemoryMappedFile.CreateOrOpen("global_share_memory", size);
            Console.WriteLine("The shared memory is there.");
            System.Threading.Thread.Sleep(pause);
            int i = 1;
            while (i <= most)
            {
                var stream = shareMemory.CreateViewStream(0, size);
                string value = "Hello World" + i++.ToString();
                byte[] data = System.Text.Encoding.UTF8.GetBytes(value);
                stream.Write(data, 0, data.Length);
                Console.WriteLine(value);
                var val = stream.Capacity;
                stream.Flush();
                stream.Dispose();
                System.Threading.Thread.Sleep(pause);
            }
        }
    }
}
